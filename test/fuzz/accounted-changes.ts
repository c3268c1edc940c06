import { changedColumns, type Change } from './change-watch.ts';
import { segmentsOf, type FuzzAnswer, type FuzzRequest } from './fuzz-request.ts';
import { isObject, readJson } from './json-text.ts';

/** A request with what it was answered. */
export interface Exchange {
  request: FuzzRequest;
  answer: FuzzAnswer;
}

type Made = 'payment' | 'close' | 'refund' | 'notification';

/** What an accepted request says it made. */
interface Deed {
  made: Made;
  id: string;
  paymentId: string;
  amount: number;
}

const CLOSING = ['close_requested_at', 'due_at', 'updated_at'];

/**
 * What was written that no accepted request accounts for, and what accepted requests say they made and did not: so a
 * refused request that wrote anything shows, also beside others at the same moment.
 */
export function unaccountedFor(exchanges: readonly Exchange[], changes: readonly Change[]): string[] {
  const deeds = exchanges.flatMap(deedOf);
  const ids = (made: Made): Set<string> => new Set(deeds.filter((deed) => deed.made === made).map(({ id }) => id));
  const [payments, closes, refunds] = [ids('payment'), ids('close'), ids('refund')];
  const stray = changes.filter((change) => !isAccountedFor(change, { payments, closes, refunds, deeds }));
  const inserted = (table: string): string[] =>
    changes.filter((change) => change.table === table && change.act === 'INSERT').map(({ after }) => String(after?.id));
  return [
    ...stray.map(
      (change) =>
        `${change.act} in ${change.table} (${changedColumns(change).join(', ')}): ${JSON.stringify(change.after ?? change.before)}`,
    ),
    ...[...payments]
      .filter((id) => !inserted('payment_orders').includes(id))
      .map((id) => `payment order ${id} was answered and not written`),
    ...[...refunds]
      .filter((id) => !inserted('refund_orders').includes(id))
      .map((id) => `refund ${id} was answered and not written`),
    ...reservationProblems(deeds, changes),
  ];
}

interface Accounts {
  payments: ReadonlySet<string>;
  closes: ReadonlySet<string>;
  refunds: ReadonlySet<string>;
  deeds: readonly Deed[];
}

function isAccountedFor(change: Change, { payments, closes, refunds, deeds }: Accounts): boolean {
  const { table, act, after } = change;
  const id = String(after?.id);
  switch (`${act} ${table}`) {
    case 'INSERT payment_orders':
      return payments.has(id);
    case 'UPDATE payment_orders':
      return closes.has(id) && changedColumns(change).every((column) => CLOSING.includes(column));
    case 'INSERT refund_orders':
      return refunds.has(id);
    case 'UPDATE trades':
      return (
        String(changedColumns(change)) === 'refund_reserved' &&
        deeds.some(({ made, paymentId }) => made === 'refund' && paymentId === after?.payment_order_id)
      );
    case 'INSERT notifications':
    case 'INSERT notification_keys':
      return deeds.some(({ made }) => made === 'notification');
    default:
      return false;
  }
}

/** The money set aside is to the fen that of the refunds accepted. */
function reservationProblems(deeds: readonly Deed[], changes: readonly Change[]): string[] {
  const accepted = deeds.filter(({ made }) => made === 'refund').reduce((sum, { amount }) => sum + amount, 0);
  const reserved = changes
    .filter(({ table, act }) => table === 'trades' && act === 'UPDATE')
    .reduce((sum, { before, after }) => sum + Number(after?.refund_reserved) - Number(before?.refund_reserved), 0);
  return accepted === reserved ? [] : [`${reserved} fen were set aside for refunds of ${accepted} fen`];
}

function deedOf({ request, answer }: Exchange): Deed[] {
  if (answer.status >= 300 || request.method !== 'POST') return [];
  const body = readJson(answer.body);
  if (!isObject(body)) return [];
  if (answer.status === 200) return [{ made: 'notification', id: '', paymentId: '', amount: 0 }];
  const isClose = segmentsOf(request.path).at(-1) === 'close';
  if (!isClose && answer.headers['idempotency-replayed'] !== undefined) return [];
  const made = isClose ? 'close' : 'payment_order_id' in body ? 'refund' : 'payment';
  return [{ made, id: String(body.id), paymentId: String(body.payment_order_id), amount: Number(body.amount) }];
}
