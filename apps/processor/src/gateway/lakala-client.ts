import type { KeyObject } from 'node:crypto';
import { Pool } from 'undici';
import type { Evidence } from '#domain/entities/evidence.js';
import { CASHIER_PATHS } from '#lakala/cashier-messages.js';
import type { LakalaCall } from '#lakala/code-meanings.js';
import { buildRequest, parseEnvelope, type Envelope } from '#lakala/envelope.js';
import { MessageError } from '#lakala/message-error.js';
import type { JsonObject } from '#lakala/message-fields.js';
import type { PlatformCertificates } from '#lakala/platform-certificates.js';
import { REFUND_PATHS } from '#lakala/refund-messages.js';
import { newNonce, signRequest } from '#lakala/request-signer.js';
import { SignatureError } from '#lakala/signature-error.js';
import { verifyAnswer, type HeaderBag } from '#lakala/verify-answer.js';
import type { Clock } from '#platform/clock/clock.js';

const PATHS: Readonly<Record<LakalaCall, string>> = { ...CASHIER_PATHS, ...REFUND_PATHS };
/** One answer is a few kilobytes; a longer one is not Lakala's. */
const MAX_ANSWER_BYTES = 1_048_576;
/** Enough for the processor's whole work in hand, one call at a time on each. */
const MAX_CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 3_000;

export interface LakalaIdentity {
  appid: string;
  serialNo: string;
  privateKey: KeyObject;
  certificates: PlatformCertificates;
}

/** A signed answer of Lakala's, or why there is none: then nobody knows whether the call was carried out. */
export type SignedAnswer = (
  | { signed: true; envelope: Envelope; evidence: Omit<Evidence, 'source'> }
  | { signed: false; cause: string }
) & {
  /** What Lakala finds the call by in its own logs; not signed. */
  traceId: string | null;
};

/** Signs what leaves, verifies what arrives. Never throws for what the network or the other side does. */
export class LakalaClient {
  private pool: Pool;

  constructor(
    private readonly baseUrl: string,
    private identity: LakalaIdentity,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {
    this.pool = this.newPool();
  }

  async call(call: LakalaCall, reqData: JsonObject): Promise<SignedAnswer> {
    const now = new Date(this.clock.nowMs());
    const body = buildRequest(reqData, now);
    const moment = { timestampSeconds: Math.floor(now.getTime() / 1_000), nonce: newNonce() };
    const authorization = await signRequest(this.identity, body, moment);
    let traceId: string | null = null;
    try {
      const { origin, pathname } = new URL(this.baseUrl);
      const response = await this.pool.request({
        origin,
        path: pathname.replace(/\/$/, '') + PATHS[call],
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
        body,
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      traceId = String(response.headers['lklapi-traceid'] ?? '') || null;
      const raw = await readAll(response.body);
      if (response.statusCode < 200 || response.statusCode > 299) {
        return { signed: false, cause: `Lakala answered with HTTP status ${response.statusCode}`, traceId };
      }
      return { ...this.verified(response.headers, raw), traceId };
    } catch (error) {
      return { signed: false, cause: causeOf(error), traceId };
    }
  }

  /** Signs by another key from the next call on. */
  signBy(signer: Pick<LakalaIdentity, 'privateKey' | 'serialNo'>): void {
    this.identity = { ...this.identity, ...signer };
  }

  /** After an answer to another question nothing on these connections is to be trusted to be in step. */
  dropConnections(): void {
    const dropped = this.pool;
    this.pool = this.newPool();
    void dropped.close();
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private newPool(): Pool {
    return new Pool(new URL(this.baseUrl).origin, {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: this.timeoutMs,
      bodyTimeout: this.timeoutMs,
    });
  }

  private verified(headers: HeaderBag, raw: Buffer) {
    const answer = verifyAnswer(headers, raw, this.identity.certificates);
    return {
      signed: true as const,
      envelope: parseEnvelope(raw),
      evidence: {
        raw,
        signedTextPrefix: [answer.appid, answer.serial, String(answer.timestampSeconds), answer.nonce, ''].join('\n'),
        signature: String(headers['lklapi-signature']),
        certificate: answer.certificate.pem,
        timestampSeconds: answer.timestampSeconds,
      },
    };
  }
}

async function readAll(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new MessageError('answer', `is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function causeOf(error: unknown): string {
  if (error instanceof SignatureError) return `the answer's signature: ${error.code}`;
  if (error instanceof MessageError) return `the answer cannot be read: ${error.message}`;
  if (!(error instanceof Error)) return 'no answer';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return code === 'TimeoutError' || code.includes('TIMEOUT') ? 'no answer in time' : `no answer: ${code}`;
}
