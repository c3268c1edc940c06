import { createPrivateKey, randomBytes, sign, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { chinaTime } from './china-time.ts';
import { startSandbox, type Sandbox } from './server.ts';

export type Json = Record<string, unknown>;

export interface CallResult {
  status: number;
  headers: Headers;
  raw: Buffer;
  body: Json;
  /** `resp_data`, empty when there is none. */
  data: Json;
  signed: boolean;
}

export const PATHS = {
  create: '/api/v3/ccss/counter/order/special_create',
  query: '/api/v3/ccss/counter/order/query',
  close: '/api/v3/ccss/counter/order/close',
  refund: '/api/v3/rfd/refund_front/refund',
  refund_query: '/api/v3/rfd/refund_front/refund_query',
} as const;

/** A merchant of its own, with signing written a second time: nothing here comes from the sandbox's own signing. */
export class Merchant {
  readonly dir: string;
  readonly appid: string;
  readonly serialNo: string;
  readonly merchantNo: string;
  readonly termNo: string;
  readonly certificate: X509Certificate;
  private readonly key: KeyObject;
  private sandbox: Sandbox;

  private constructor(dir: string, sandbox: Sandbox) {
    this.dir = dir;
    this.sandbox = sandbox;
    const account = parseEnv(readFileSync(join(dir, 'account.env'), 'utf8'));
    this.appid = account['LAKALA_APPID'] ?? '';
    this.serialNo = account['LAKALA_SERIAL_NO'] ?? '';
    this.merchantNo = account['LAKALA_MERCHANT_NO'] ?? '';
    this.termNo = account['LAKALA_TERM_NO'] ?? '';
    this.key = createPrivateKey(readFileSync(join(dir, 'merchant-private-key.pem')));
    this.certificate = new X509Certificate(readFileSync(join(dir, 'platform-certificate.pem')));
  }

  static async start(): Promise<Merchant> {
    const dir = mkdtempSync(join(tmpdir(), 'lakala-sandbox-'));
    return new Merchant(dir, await startSandbox({ dir, port: 0, host: '127.0.0.1' }));
  }

  get url(): string {
    return this.sandbox.url;
  }

  async restart(): Promise<void> {
    await this.sandbox.close();
    this.sandbox = await startSandbox({ dir: this.dir, port: 0, host: '127.0.0.1' });
  }

  async stop(): Promise<void> {
    await this.sandbox.close();
    rmSync(this.dir, { recursive: true });
  }

  authorization(body: string, changes: Partial<Record<'appid' | 'serial_no' | 'timestamp', string>> = {}): string {
    const appid = changes.appid ?? this.appid;
    const serialNo = changes.serial_no ?? this.serialNo;
    const timestamp = changes.timestamp ?? String(Math.floor(Date.now() / 1000));
    const nonce = randomBytes(6).toString('hex');
    const text = `${appid}\n${serialNo}\n${timestamp}\n${nonce}\n${body}\n`;
    const signature = sign('sha256', Buffer.from(text), this.key).toString('base64');
    const attributes = { appid, serial_no: serialNo, timestamp, nonce_str: nonce, signature };
    const list = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
    return `LKLAPI-SHA256withRSA ${list.join(',')}`;
  }

  async post(path: string, body: string, authorization: string, signal?: AbortSignal): Promise<CallResult> {
    const headers = { 'content-type': 'application/json', authorization };
    const response = await fetch(this.url + path, { method: 'POST', headers, body, signal });
    const raw = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    const parsed = isJson ? (JSON.parse(raw.toString()) as Json) : {};
    const data = (parsed['resp_data'] ?? {}) as Json;
    return {
      status: response.status,
      headers: response.headers,
      raw,
      body: parsed,
      data,
      signed: this.answerHolds(response.headers, raw),
    };
  }

  async call(endpoint: keyof typeof PATHS, data: Json, signal?: AbortSignal): Promise<CallResult> {
    const body = JSON.stringify({ req_time: chinaTime(Date.now()), version: '3.0', req_data: data });
    return this.post(PATHS[endpoint], body, this.authorization(body), signal);
  }

  orderData(changes: Json = {}): Json {
    return {
      out_order_no: randomBytes(16).toString('hex'),
      merchant_no: this.merchantNo,
      term_no: this.termNo,
      total_amount: '12345',
      order_efficient_time: chinaTime(Date.now() + 1_800_000),
      order_info: '测试 order',
      support_refund: 1,
      ...changes,
    };
  }

  /** An order that the sandbox has taken, with its page. */
  async order(changes: Json = {}): Promise<{ outOrderNo: string; page: string; data: Json }> {
    const data = this.orderData(changes);
    const answer = await this.call('create', data);
    if (answer.body['code'] !== '000000') throw new Error(`create was refused: ${answer.raw.toString()}`);
    return { outOrderNo: String(data['out_order_no']), page: String(answer.data['counter_url']), data: answer.data };
  }

  async query(outOrderNo: string): Promise<Json> {
    return (await this.call('query', { merchant_no: this.merchantNo, out_order_no: outOrderNo })).data;
  }

  /** A paid order and what a refund of it is asked with. */
  async paidOrder(changes: Json = {}): Promise<{ outOrderNo: string; refund: (changes?: Json) => Json }> {
    const { outOrderNo } = await this.order(changes);
    await this.control('POST', `/control/orders/${outOrderNo}/pay`);
    const [entry] = (await this.query(outOrderNo))['order_trade_info_list'] as Json[];
    const refund = (more: Json = {}): Json => ({
      merchant_no: entry?.['settle_merchant_no'],
      term_no: entry?.['settle_term_no'],
      out_trade_no: randomBytes(16).toString('hex'),
      refund_amount: '100',
      origin_trade_no: entry?.['trade_no'],
      origin_log_no: entry?.['log_No'],
      location_info: { request_ip: '127.0.0.1' },
      ...more,
    });
    return { outOrderNo, refund };
  }

  async control(method: 'GET' | 'PUT' | 'POST', path: string, body?: Json): Promise<{ status: number; body: Json }> {
    const response = await fetch(this.url + path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Json };
  }

  async faults(settings: Json): Promise<void> {
    const { status, body } = await this.control('PUT', '/control/faults', settings);
    if (status !== 200) throw new Error(`the faults were refused: ${JSON.stringify(body)}`);
  }

  async ledger(outOrderNo: string): Promise<Json> {
    return (await this.control('GET', `/control/ledger/${outOrderNo}`)).body;
  }

  answerHolds(headers: Headers, raw: Buffer): boolean {
    const value = (name: string): string => (headers.get(`lklapi-${name}`) ?? '').replace(/^"(.*)"$/, '$1');
    const lines = ['appid', 'serial', 'timestamp', 'nonce'].map((name) => `${value(name)}\n`).join('');
    const text = Buffer.concat([Buffer.from(lines), raw, Buffer.from('\n')]);
    return verify('sha256', text, this.certificate.publicKey, Buffer.from(value('signature'), 'base64'));
  }

  notificationHolds(authorization: string, raw: Buffer): boolean {
    const value = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(authorization)?.[1] ?? '';
    const text = Buffer.concat([Buffer.from(`${value('timestamp')}\n${value('nonce_str')}\n`), raw, Buffer.from('\n')]);
    return verify('sha256', text, this.certificate.publicKey, Buffer.from(value('signature'), 'base64'));
  }
}

export interface Delivery {
  headers: IncomingHttpHeaders;
  raw: Buffer;
  body: Json;
}

/** The merchant's webhook: keeps what arrives and answers as it is told. */
export class Receiver {
  readonly deliveries: Delivery[] = [];
  acknowledge = true;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const raw = Buffer.concat(chunks);
        this.deliveries.push({ headers: req.headers, raw, body: JSON.parse(raw.toString()) as Json });
        res
          .writeHead(this.acknowledge ? 200 : 503)
          .end(JSON.stringify({ code: this.acknowledge ? 'SUCCESS' : 'FAIL' }));
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/notify`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

/** Waits until `condition` gives something, and fails after ten seconds without. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const endMs = Date.now() + 10_000;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > endMs) throw new Error(`waited ten seconds for ${what}`);
    await sleep(10);
  }
}
