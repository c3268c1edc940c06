import { randomBytes } from 'node:crypto';
import { queryRequestData } from '#lakala/cashier-messages.js';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { parsePrivateKey } from '#lakala/request-signer.js';
import { SystemClock } from '#platform/clock/clock.js';
import { LakalaClient } from '../gateway/lakala-client.js';
import type { ProcessorConfiguration } from '../processor.configuration.js';
import type { Finding } from './finding.js';

/** Lakala's signatures hold for a few minutes, and so do ours at Lakala. */
const SKEW_WARN_SECONDS = 30;
const SKEW_FAIL_SECONDS = 240;

/** Asks Lakala about an order number that nobody ever had, and compares the clocks. */
export async function checkLakala({ lakala, trust }: ProcessorConfiguration): Promise<Finding[]> {
  const identity = {
    appid: lakala.appid,
    serialNo: lakala.serialNo,
    privateKey: parsePrivateKey(lakala.privateKey),
    certificates: PlatformCertificates.fromPem(trust.platformCertificates),
  };
  const client = new LakalaClient(lakala.baseUrl, identity, new SystemClock(), lakala.timeoutSeconds * 1_000);
  try {
    const question = queryRequestData({ merchantNo: lakala.merchantNo, outOrderNo: randomBytes(16).toString('hex') });
    const answer = await client.call('query', question);
    const check = 'signed query';
    if (!answer.signed) return [{ check, outcome: 'failed', detail: answer.cause }];
    const { code, message } = answer.envelope;
    return [
      { check, outcome: 'ok', detail: `Lakala knows no such order, as it should (${code} ${message}); its signature holds` },
      clockSkew(answer.evidence.timestampSeconds, Date.now()),
    ];
  } finally {
    await client.close();
  }
}

/** What the time in Lakala's signature says of our clock. */
export function clockSkew(signedSeconds: number, nowMs: number): Finding {
  const seconds = Math.round(nowMs / 1_000 - signedSeconds);
  const size = Math.abs(seconds);
  const outcome = size > SKEW_FAIL_SECONDS ? 'failed' : size > SKEW_WARN_SECONDS ? 'warn' : 'ok';
  const detail = size <= 1 ? 'agree' : `ours is ${size} s ${seconds > 0 ? 'ahead of' : 'behind'} Lakala's`;
  return { check: 'clocks', outcome, detail };
}
