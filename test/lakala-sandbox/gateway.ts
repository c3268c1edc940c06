import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import { CODES, refusal, success, type Answer } from './answer.ts';
import { sendSigned, sendUnauthenticated, type SignatureFlaw } from './answer-sender.ts';
import type { SandboxClock } from './clock.ts';
import type { Endpoint } from './endpoints.ts';
import type { CallPlan, Faults } from './faults.ts';
import { readBody } from './http-messages.ts';
import type { Ledger } from './ledger.ts';
import { closeOrder, createOrder, queryOrder } from './orders.ts';
import { createRefund, queryRefund } from './refunds.ts';
import type { RequestData } from './request-fields.ts';
import { parseRequestAuthorization, requestSignatureHolds } from './signing.ts';

export const ENDPOINT_PATHS: Record<string, Endpoint> = {
  '/api/v3/ccss/counter/order/special_create': 'create',
  '/api/v3/ccss/counter/order/query': 'query',
  '/api/v3/ccss/counter/order/close': 'close',
  '/api/v3/rfd/refund_front/refund': 'refund',
  '/api/v3/rfd/refund_front/refund_query': 'refund_query',
};

const MAX_SKEW_SECONDS = 300;

/** Lakala's API: checks who asks, does the deed, signs the answer; and whatever the faults make of that. */
export class Gateway {
  private readonly account: Account;
  private readonly ledger: Ledger;
  private readonly clock: SandboxClock;
  private readonly faults: Faults;
  private readonly publicUrl: () => string;
  /** The first good answer of each endpoint: what `otherOrder` sends to everybody else. */
  private readonly firstData = new Map<Endpoint, Record<string, unknown>>();

  constructor(account: Account, ledger: Ledger, clock: SandboxClock, faults: Faults, publicUrl: () => string) {
    this.account = account;
    this.ledger = ledger;
    this.clock = clock;
    this.faults = faults;
    this.publicUrl = publicUrl;
  }

  async handle(endpoint: Endpoint, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await readBody(req);
    const data = requestData(body);
    const reason = this.authenticationError(req, body);
    if (reason !== null) {
      this.ledger.record({ t: 'unauthenticated' });
      return sendUnauthenticated(res, reason, this.clock);
    }
    this.ledger.record({ t: 'call', endpoint, outOrderNo: data === null ? null : this.orderNamed(endpoint, data) });
    if (data === null) {
      const answer = refusal(CODES.badMessage, '报文格式错误 (expected {req_time, version: "3.0", req_data})');
      return this.send(endpoint, res, answer, null, true);
    }
    const plan = this.faults.forCall(endpoint);
    const answer = plan.deed ? this.perform(endpoint, data) : null;
    if (plan.delayMs > 0) await sleep(plan.delayMs);
    await this.carryOut(endpoint, data, plan, answer, res);
  }

  private async carryOut(
    endpoint: Endpoint,
    data: RequestData,
    plan: CallPlan,
    answer: Answer | null,
    res: ServerResponse,
  ): Promise<void> {
    switch (plan.fault) {
      case 'droppedBefore':
      case 'droppedAfter':
        res.destroy();
        return;
      case 'neverAnswered':
        // The connection is the client's to give up; the server's shutdown ends what is left.
        return;
      case 'http500':
        res
          .writeHead(500, { 'content-type': 'text/html' })
          .end('<html><body><h1>500 Internal Server Error</h1></body></html>');
        return;
      case 'inDoubtCode':
        return this.send(endpoint, res, refusal(plan.code, '系统繁忙，请稍后再试'), null, false);
      case 'unsigned':
      case 'wrongSignature':
        return this.send(endpoint, res, answer ?? this.notDone(), plan.fault, false);
      case 'otherOrder':
        return this.send(endpoint, res, this.answerToAnother(endpoint, data, answer), null, false);
      case null:
        return this.send(endpoint, res, answer ?? this.notDone(), null, true);
    }
  }

  /** Only a fault that forbids the deed leads here. */
  private notDone(): Answer {
    return refusal('BBS10000', '系统繁忙，请稍后再试');
  }

  /** `usable`: the answer reaches the client as its own, so a page in it counts as handed out. */
  private async send(
    endpoint: Endpoint,
    res: ServerResponse,
    answer: Answer,
    flaw: SignatureFlaw | null,
    usable: boolean,
  ): Promise<void> {
    const outOrderNo = endpoint === 'create' && usable ? answer.data?.['out_order_no'] : undefined;
    if (typeof outOrderNo !== 'string') return sendSigned(res, this.account, this.clock, endpoint, answer, flaw);
    if (res.destroyed) return;
    this.ledger.record({ t: 'page', outOrderNo, page: 'answered' });
    res.once('close', () => {
      if (!res.writableFinished) this.ledger.record({ t: 'page', outOrderNo, page: 'answer_lost' });
    });
    await sendSigned(res, this.account, this.clock, endpoint, answer, flaw);
  }

  private perform(endpoint: Endpoint, data: RequestData): Answer {
    const answer = this.deed(endpoint, data);
    if (answer.data !== undefined && !this.firstData.has(endpoint)) this.firstData.set(endpoint, answer.data);
    return answer;
  }

  private deed(endpoint: Endpoint, data: RequestData): Answer {
    const nowMs = this.clock.nowMs();
    switch (endpoint) {
      case 'create':
        return createOrder(this.ledger, nowMs, this.publicUrl(), data);
      case 'query':
        return queryOrder(this.ledger, nowMs, data);
      case 'close':
        return closeOrder(this.ledger, nowMs, data);
      case 'refund':
        return createRefund(this.ledger, nowMs, data, () => this.faults.forRefund());
      case 'refund_query':
        return queryRefund(this.ledger, nowMs, data);
    }
  }

  /** A good answer that was another's: an earlier one where there is one, else this one under another number. */
  private answerToAnother(endpoint: Endpoint, data: RequestData, own: Answer | null): Answer {
    const number = endpoint === 'refund' || endpoint === 'refund_query' ? 'out_trade_no' : 'out_order_no';
    const asked = own?.data?.[number] ?? data[number];
    const earlier = this.firstData.get(endpoint);
    if (earlier !== undefined && earlier[number] !== asked) return success(earlier);
    return success({ ...own?.data, [number]: randomUUID().replaceAll('-', '') });
  }

  private authenticationError(req: IncomingMessage, body: Buffer): string | null {
    const authorization = parseRequestAuthorization(req.headers.authorization);
    if (authorization === null) return 'Authorization 缺失或格式错误 (missing or malformed)';
    if (authorization.appid !== this.account.appid) return 'appid 不存在 (unknown appid)';
    if (authorization.serialNo !== this.account.serialNo) return '证书序列号不存在 (unknown serial_no)';
    const skewSeconds = Math.abs(Number(authorization.timestamp) - this.clock.nowMs() / 1000);
    if (!(skewSeconds <= MAX_SKEW_SECONDS)) return '时间戳超出允许范围 (timestamp is more than 5 minutes off)';
    return requestSignatureHolds(authorization, body, this.account.merchantKey) ? null : '验签失败 (bad signature)';
  }

  /** The order a call is about, for the ledger's counts. */
  private orderNamed(endpoint: Endpoint, data: RequestData): string | null {
    const named = (key: string): string | null => (typeof data[key] === 'string' ? data[key] : null);
    switch (endpoint) {
      case 'refund':
        return this.ledger.orderByTradeNo(named('origin_trade_no') ?? '')?.outOrderNo ?? null;
      case 'refund_query': {
        const refund =
          this.ledger.refunds.get(named('out_trade_no') ?? '') ?? this.ledger.refundByTradeNo(named('trade_no') ?? '');
        return refund?.outOrderNo ?? null;
      }
      case 'create':
      case 'query':
      case 'close':
        return named('out_order_no') ?? this.ledger.orderByPayOrderNo(named('pay_order_no') ?? '')?.outOrderNo ?? null;
    }
  }
}

/** `req_data` of a well-formed message; null for anything else. */
function requestData(body: Buffer): RequestData | null {
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON is a bad message, which the caller answers.
    return null;
  }
  if (typeof message !== 'object' || message === null) return null;
  const { req_time: time, version, req_data: data } = message as Record<string, unknown>;
  const wellFormed = typeof time === 'string' && /^\d{14}$/.test(time) && version === '3.0';
  if (!wellFormed || typeof data !== 'object' || data === null || Array.isArray(data)) return null;
  return data as RequestData;
}
