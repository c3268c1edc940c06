import type { IncomingMessage, ServerResponse } from 'node:http';
import { cashierPage, strayPage } from './cashier-page.ts';
import { CASHIER_STYLE_HASH } from './cashier-style.ts';
import type { SandboxClock } from './clock.ts';
import { HttpError, readBody } from './http-messages.ts';
import { PAY_MODES } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import type { Notifier } from './notifications.ts';
import { counterQuery } from './orders.ts';
import { press, type Press } from './payer.ts';

const PAGE = /^\/r\/0000(?:\/(pay|fail|cancel))?$/;

/** The payer's side: the page at `counter_url` and its three forms, `<page path>/pay`, `/fail` and `/cancel`. */
export class Cashier {
  private readonly ledger: Ledger;
  private readonly clock: SandboxClock;
  private readonly notifier: Notifier;

  constructor(ledger: Ledger, clock: SandboxClock, notifier: Notifier) {
    this.ledger = ledger;
    this.clock = clock;
    this.notifier = notifier;
  }

  /** `query` is what stands after the question mark, as it came: a page opens by the very link that was given out. */
  async handle(path: string, query: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const match = PAGE.exec(path);
    const order = match === null ? undefined : this.orderOf(query);
    if (match === null || order === undefined) return sendPage(res, 404, strayPage());
    const action = match[1] as Extract<Press, 'pay' | 'fail' | 'cancel'> | undefined;
    if (action === undefined) {
      if (req.method !== 'GET' && req.method !== 'HEAD')
        throw new HttpError(405, 'the page itself is only read; its forms are posted');
      return sendPage(res, 200, cashierPage(order, this.clock.nowMs()));
    }
    if (req.method !== 'POST') throw new HttpError(405, `${path} takes POST`);
    const form = new URLSearchParams((await readBody(req)).toString('utf8'));
    const payMode = PAY_MODES.find((mode) => mode === form.get('pay_mode'));
    const result = press(this.ledger, this.clock.nowMs(), order, action, { payMode });
    if (!result.done) return sendPage(res, 409, cashierPage(order, this.clock.nowMs()));
    this.notifier.announce(order, result.attempt);
    res.writeHead(303, { location: `/r/0000?${counterQuery(order)}`, 'content-length': 0 }).end();
  }

  private orderOf(query: string): Order | undefined {
    const handedOut = query.split('&')[0] ?? '';
    let token: string | null;
    try {
      token = new URLSearchParams(decodeURIComponent(handedOut)).get('token');
    } catch {
      // A broken percent-encoding is no link of ours.
      return undefined;
    }
    const order = token === null ? undefined : this.ledger.orderByToken(token);
    return order !== undefined && counterQuery(order) === handedOut ? order : undefined;
  }
}

/** No script, no picture, no frame: its own style and its own forms. */
const PAGE_POLICY = [
  "default-src 'none'",
  `style-src ${CASHIER_STYLE_HASH}`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function sendPage(res: ServerResponse, status: number, html: string): void {
  const bytes = Buffer.from(html);
  res.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  res.end(bytes);
}
