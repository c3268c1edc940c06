import type { EntityManager } from 'typeorm';
import type { LatePaymentChoice } from '#domain/orders/late-payment.js';
import { recordAct } from '../operator/record-act.js';
import { Refusal } from '../refusal.js';
import { iso } from '../terminal/values.js';

/** Both null: the configured account at Lakala. */
export interface Account {
  merchantNo: string | null;
  termNo: string | null;
}

export interface AppRow {
  app_id: string;
  merchant_no: string | null;
  term_no: string | null;
  own_streams: boolean;
  late_payment: LatePaymentChoice;
  created_at: Date;
}

const COLUMNS = 'app_id, merchant_no, term_no, own_streams, late_payment, created_at';

/** Makes the app; undefined where there is one of that name, which stays as it is. */
export async function createApp(
  manager: EntityManager,
  operator: string,
  app: Account & { appId: string; ownStreams: boolean; latePayment: LatePaymentChoice },
): Promise<AppRow | undefined> {
  const [created] = await manager.query<AppRow[]>(
    `INSERT INTO apps (app_id, merchant_no, term_no, own_streams, late_payment) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (app_id) DO NOTHING RETURNING ${COLUMNS}`,
    [app.appId, app.merchantNo, app.termNo, app.ownStreams, app.latePayment],
  );
  if (created === undefined) return undefined;
  await recordAct(manager, operator, { act: 'app.create', target: app.appId, detail: settingsOf(created) });
  return created;
}

export interface AppChange {
  account?: Account;
  ownStreams?: boolean;
  latePayment?: LatePaymentChoice;
}

/** Changes what is given and nothing else. */
export async function setApp(
  manager: EntityManager,
  operator: string,
  appId: string,
  change: AppChange,
): Promise<AppRow> {
  const before = await existingApp(manager, appId, 'FOR UPDATE');
  const account = change.account ?? { merchantNo: before.merchant_no, termNo: before.term_no };
  const ownStreams = change.ownStreams ?? before.own_streams;
  const latePayment = change.latePayment ?? before.late_payment;
  await manager.query('UPDATE apps SET merchant_no = $2, term_no = $3, own_streams = $4, late_payment = $5 WHERE app_id = $1', [
    appId,
    account.merchantNo,
    account.termNo,
    ownStreams,
    latePayment,
  ]);
  const after: AppRow = {
    ...before,
    merchant_no: account.merchantNo,
    term_no: account.termNo,
    own_streams: ownStreams,
    late_payment: latePayment,
  };
  const detail = { before: settingsOf(before), after: settingsOf(after) };
  await recordAct(manager, operator, { act: 'app.set', target: appId, detail });
  return after;
}

/** The app, or a refusal that says how to make it. */
export async function existingApp(manager: EntityManager, appId: string, lock: '' | 'FOR UPDATE' = ''): Promise<AppRow> {
  const [app] = await manager.query<AppRow[]>(`SELECT ${COLUMNS} FROM apps WHERE app_id = $1 ${lock}`, [appId]);
  if (app === undefined) throw new Refusal(`there is no app ${appId}; make it with: app create ${appId}`);
  return app;
}

export async function listApps(manager: EntityManager): Promise<AppRow[]> {
  return manager.query<AppRow[]>(`SELECT ${COLUMNS} FROM apps ORDER BY app_id`);
}

/** The app as it is shown. */
export function appView({ created_at, ...app }: AppRow) {
  return { ...app, created_at: iso(created_at) };
}

function settingsOf({ merchant_no, term_no, own_streams, late_payment }: AppRow) {
  return { merchant_no, term_no, own_streams, late_payment };
}
