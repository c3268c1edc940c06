import { createPrivateKey, randomBytes, randomUUID, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Pool } from 'undici';
import { chinaTime } from '../../lakala-sandbox/china-time.ts';
import type { Measurement, SignaturesJob, SignedCallsJob } from './jobs.ts';
import { measurementOf } from './measurement.ts';
import { steadily } from './steady.ts';

const CREATE_PATH = '/api/v3/ccss/counter/order/special_create';
const CONNECTIONS = 64;
const HOUR_MS = 3_600_000;

const signOffTheLoop = promisify<string, Buffer, KeyObject, Buffer>(sign);

/** What a page costs without a service: the request, its signature, and Lakala's answer, at a steady rate. */
export async function signedCalls(job: SignedCallsJob): Promise<Measurement> {
  const key = createPrivateKey(readFileSync(job.keyFile));
  const pool = new Pool(job.lakalaUrl, { connections: CONNECTIONS, pipelining: 1 });
  try {
    return await steadily(job, async (_index, dueMs) => {
      const body = createBody(job);
      const authorization = await authorizationOf(job, body, key);
      const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' };
      const answer = await pool.request({ method: 'POST', path: CREATE_PATH, headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || !text.includes('counter_url')) throw new Error(`Lakala gave no page: ${answer.statusCode} ${text}`);
      return performance.now() - dueMs;
    });
  } finally {
    await pool.destroy();
  }
}

/** How many RSA signatures one processor makes a second, one after the other, and nothing else. */
export async function signatures({ keyFile, seconds }: SignaturesJob): Promise<Measurement> {
  const key = createPrivateKey(readFileSync(keyFile));
  const text = randomBytes(512);
  const durationsMs: number[] = [];
  const fromMs = performance.now();
  for (let begunMs = fromMs; begunMs < fromMs + seconds * 1_000; ) {
    sign('sha256', text, key);
    const endedMs = performance.now();
    durationsMs.push(endedMs - begunMs);
    begunMs = endedMs;
  }
  return measurementOf(durationsMs, performance.now() - fromMs);
}

/** As long as the processor's own. */
function createBody({ merchantNo, termNo, notifyUrl }: SignedCallsJob): string {
  const now = Date.now();
  const data = {
    out_order_no: randomUUID().replaceAll('-', ''),
    merchant_no: merchantNo,
    term_no: termNo,
    total_amount: '1250',
    order_efficient_time: chinaTime(now + HOUR_MS),
    order_info: 'Two tickets',
    notify_url: notifyUrl,
    callback_url: notifyUrl,
    support_refund: 1,
    support_cancel: 0,
    support_repeat_pay: 0,
    close_order_auto_refund: 0,
    repeat_pay_auto_refund: 0,
  };
  return JSON.stringify({ req_time: chinaTime(now), version: '3.0', req_data: data });
}

async function authorizationOf({ appid, serialNo }: SignedCallsJob, body: string, key: KeyObject): Promise<string> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = randomBytes(16).toString('hex');
  const text = Buffer.from(`${appid}\n${serialNo}\n${timestamp}\n${nonce}\n${body}\n`);
  const signature = (await signOffTheLoop('sha256', text, key)).toString('base64');
  return `LKLAPI-SHA256withRSA appid="${appid}",serial_no="${serialNo}",timestamp="${timestamp}",nonce_str="${nonce}",signature="${signature}"`;
}
