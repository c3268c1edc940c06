import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SandboxClock } from './clock.ts';
import type { NotificationControl } from './control-notification.ts';
import type { OrderControl } from './control-orders.ts';
import { parseFaultSettings, viewFaultSettings } from './fault-settings.ts';
import type { Faults } from './faults.ts';
import { HttpError, readJsonObject, sendJson } from './http-messages.ts';
import type { Ledger } from './ledger.ts';
import { ledgerView, orderLine } from './ledger-view.ts';
import type { Notifier } from './notifications.ts';
import type { SettlementFiles } from './settlement-file.ts';

export interface ControlParts {
  ledger: Ledger;
  clock: SandboxClock;
  faults: Faults;
  notifier: Notifier;
  orders: OrderControl;
  notifications: NotificationControl;
  settlements: SettlementFiles;
}

interface Route {
  method: 'GET' | 'PUT' | 'POST';
  path: RegExp;
  answer: (names: string[], body: Record<string, unknown>) => unknown;
}

/** The endpoints under `/control`: what a test sees of the platform's mind, and how it sets the scene. */
export class Control {
  private readonly parts: ControlParts;
  private readonly routes: readonly Route[];

  constructor(parts: ControlParts) {
    this.parts = parts;
    const { ledger, clock, faults, orders, notifications, settlements } = parts;
    this.routes = [
      { method: 'GET', path: /^\/control\/ledger$/, answer: () => ledgerView(ledger, clock.nowMs()) },
      { method: 'GET', path: /^\/control\/ledger\/([^/]+)$/, answer: ([number]) => this.order(number ?? '') },
      {
        method: 'GET',
        path: /^\/control\/calls$/,
        answer: () => ({ ...ledger.calls, unauthenticated: ledger.unauthenticated }),
      },
      { method: 'GET', path: /^\/control\/faults$/, answer: () => viewFaultSettings(ledger.faults) },
      { method: 'PUT', path: /^\/control\/faults$/, answer: (_, body) => setFaults(faults, ledger, body) },
      { method: 'GET', path: /^\/control\/clock$/, answer: () => this.clockView() },
      { method: 'PUT', path: /^\/control\/clock$/, answer: (_, body) => this.moveClock(body) },
      {
        method: 'POST',
        path: /^\/control\/orders\/([^/]+)\/([^/]+)$/,
        answer: ([number, action], body) => orders.act(number ?? '', action ?? '', body),
      },
      {
        method: 'POST',
        path: /^\/control\/refunds\/([^/]+)$/,
        answer: ([number], body) => orders.settleRefund(number ?? '', body),
      },
      { method: 'POST', path: /^\/control\/notifications$/, answer: (_, body) => notifications.send(body) },
      { method: 'POST', path: /^\/control\/settlements$/, answer: (_, body) => settlements.write(body) },
    ];
  }

  async handle(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const here = this.routes.filter((route) => route.path.test(path));
    if (here.length === 0) throw new HttpError(404, `nothing at ${path}; the README lists the controls`);
    const route = here.find(({ method }) => method === req.method);
    if (route === undefined) throw new HttpError(405, `${path} takes ${here.map(({ method }) => method).join(' or ')}`);
    const body = route.method === 'GET' ? {} : await readJsonObject(req);
    const names = (route.path.exec(path) ?? []).slice(1).map(decoded);
    sendJson(res, 200, await route.answer(names, body));
  }

  private order(outOrderNo: string): Record<string, unknown> {
    const order = this.parts.ledger.order(outOrderNo);
    if (order === undefined) throw new HttpError(404, `no order ${outOrderNo}`);
    return orderLine(order, this.parts.clock.nowMs());
  }

  private clockView(): Record<string, unknown> {
    const { clock } = this.parts;
    return { now: new Date(clock.nowMs()).toISOString(), offsetSeconds: clock.offsetMs() / 1000 };
  }

  private moveClock(body: Record<string, unknown>): Record<string, unknown> {
    const { clock, ledger, notifier } = this.parts;
    const offsetMs = wantedOffsetMs(body);
    const byMs = offsetMs - clock.offsetMs();
    ledger.record({ t: 'clock', offsetMs });
    clock.moveTo(offsetMs);
    notifier.clockMoved(byMs);
    return this.clockView();
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new HttpError(400, 'the path is not properly percent-encoded');
  }
}

function setFaults(faults: Faults, ledger: Ledger, body: Record<string, unknown>): Record<string, unknown> {
  const parsed = parseFaultSettings(body);
  if ('errors' in parsed) throw new HttpError(400, 'these faults cannot be set; nothing was changed', parsed.errors);
  faults.set(parsed.settings);
  return viewFaultSettings(ledger.faults);
}

/** A hundred years either way: further, and dates stop being dates. */
const FARTHEST_SECONDS = 3_155_760_000;

function wantedOffsetMs(body: Record<string, unknown>): number {
  const names = Object.keys(body);
  if (names.length === 0) return 0;
  const { offsetSeconds, now } = body;
  if (names.length === 1 && typeof offsetSeconds === 'number' && Math.abs(offsetSeconds) <= FARTHEST_SECONDS) {
    return Math.round(offsetSeconds * 1000);
  }
  const wanted =
    typeof now === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(now) ? Date.parse(now) : Number.NaN;
  if (names.length === 1 && Number.isFinite(wanted)) return wanted - Date.now();
  throw new HttpError(400, 'expected {"offsetSeconds": 60}, {"now": "2026-01-31T08:00:00Z"} or {} to reset');
}
