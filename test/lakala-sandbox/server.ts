import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openAccount } from './account.ts';
import { Cashier } from './cashier.ts';
import { sandboxClock } from './clock.ts';
import { Control } from './control.ts';
import { NotificationControl } from './control-notification.ts';
import { OrderControl } from './control-orders.ts';
import { Faults } from './faults.ts';
import { ENDPOINT_PATHS, Gateway } from './gateway.ts';
import { HttpError, sendError, sendJson } from './http-messages.ts';
import { Ledger } from './ledger.ts';
import { Notifier } from './notifications.ts';
import { SettlementFiles } from './settlement-file.ts';

export interface SandboxOptions {
  /** Where its keys and its ledger are; made if need be. */
  dir: string;
  /** 0: a free one. */
  port: number;
  host: string;
  /** How payers reach it, where that is not the address it listens on. */
  publicUrl?: string;
}

export interface Sandbox {
  url: string;
  /** Ends every connection, open ones too, and stops sending notifications. */
  close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const account = openAccount(options.dir);
  const ledger = new Ledger(options.dir);
  const clock = sandboxClock(ledger.clockOffsetMs);
  const faults = new Faults(ledger);
  const notifier = new Notifier(ledger, clock, faults, account.platformKey);
  let publicUrl = options.publicUrl;
  const parts: RequestParts = {
    gateway: new Gateway(account, ledger, clock, faults, () => publicUrl ?? ''),
    cashier: new Cashier(ledger, clock, notifier),
    control: new Control({
      ledger,
      clock,
      faults,
      notifier,
      orders: new OrderControl(ledger, clock, notifier),
      notifications: new NotificationControl(ledger, clock, account),
      settlements: new SettlementFiles(ledger, clock, options.dir),
    }),
  };
  const server = createServer((req, res) => {
    serve(parts, req, res).catch((error: unknown) => fail(res, error));
  });
  // Longer than clients keep idle connections: no call is lost but by a fault that was asked for.
  server.keepAliveTimeout = 120_000;
  const url = await listen(server, options.port, options.host);
  publicUrl ??= url;
  notifier.start();
  return {
    url,
    close: async () => {
      notifier.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      // Answers cut off just now still write that they were lost.
      await new Promise((resolve) => setImmediate(resolve));
      ledger.close();
    },
  };
}

interface RequestParts {
  gateway: Gateway;
  cashier: Cashier;
  control: Control;
}

async function serve(parts: RequestParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const target = req.url ?? '/';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const endpoint = ENDPOINT_PATHS[path];
  if (endpoint !== undefined) {
    if (req.method !== 'POST') throw new HttpError(405, `${path} takes POST`);
    return parts.gateway.handle(endpoint, req, res);
  }
  if (path.startsWith('/r/')) return parts.cashier.handle(path, mark < 0 ? '' : target.slice(mark + 1), req, res);
  if (path.startsWith('/control/')) return parts.control.handle(path, req, res);
  if (path === '/health') return sendJson(res, 200, { status: 'ok' });
  throw new HttpError(404, `nothing at ${path}`);
}

function fail(res: ServerResponse, error: unknown): void {
  if (!(error instanceof HttpError)) console.error('a request failed', error);
  if (res.headersSent || res.destroyed) res.destroy();
  else
    sendError(res, error instanceof HttpError ? error : new HttpError(500, 'the sandbox failed; its own log says why'));
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { port: taken } = server.address() as AddressInfo;
      // Nobody can open 0.0.0.0: what listens everywhere is reached here.
      const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
      resolve(`http://${name}:${taken}`);
    });
  });
}
