import type { Caller, Requests } from './jobs.ts';
import type { Shot } from './shot.ts';
import { signedMessages } from './signed-messages.ts';

/** Gives the next request; null when there are no more. */
export type Shots = () => Shot | null;

export const ORDERS_PATH = '/api/v1/payment-orders';
const WEBHOOK_PATH = '/api/v1/webhooks/lakala';
const DIGITS = 8;
/** Prime, so that all orders come up, one far from the next. */
const STRIDE = 7_919;

/** The names of orders: all equally long. */
export function orderName(prefix: string, index: number): string {
  return prefix + String(index).padStart(DIGITS, '0');
}

/** An order as an app sends it. */
export function orderBody(appId: string, merchantOrderId: string): string {
  return (
    `{"app_id":"${appId}","merchant_order_id":"${merchantOrderId}","amount":1250,"currency":"CNY","order_type":"payment",` +
    '"subject":"Two tickets","expires_in":3600,"extra_data":{"return_url":"https://shop.example/thanks"}}'
  );
}

export function headersOf({ apiKey }: Caller): Record<string, string> {
  return { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
}

/** Prepares them, which for what must be signed takes a while. */
export async function shotsOf(requests: Requests): Promise<Shots> {
  switch (requests.what) {
    case 'creates':
      return creates(requests);
    case 'queries':
      return queries(requests.caller, requests.prefix, requests.count);
    case 'webhooks':
      return webhooks(await signedMessages(requests));
  }
}

function creates({ caller, prefix, count = Infinity }: Extract<Requests, { what: 'creates' }>): Shots {
  let index = 0;
  return () => {
    index += 1;
    return index > count ? null : createShot(caller, orderName(prefix, index));
  };
}

/** A create of an order that was not made before. */
export function createShot(caller: Caller, merchantOrderId: string): Shot {
  const body = orderBody(caller.appId, merchantOrderId);
  return { method: 'POST', path: ORDERS_PATH, headers: headersOf(caller), body, expects: 202 };
}

function queries(caller: Caller, prefix: string, count: number): Shots {
  const { authorization = '' } = headersOf(caller);
  const headers = { authorization };
  let index = 0;
  return () => {
    index = (index + STRIDE) % count;
    return { method: 'GET', path: `${ORDERS_PATH}/${orderName(prefix, index)}?app_id=${caller.appId}`, headers, body: null, expects: 200 };
  };
}

function webhooks(messages: readonly { body: Buffer; authorization: string }[]): Shots {
  let index = 0;
  return () => {
    const message = messages[index];
    index += 1;
    return message ? notificationShot(message) : null;
  };
}

/** A notification as Lakala delivers it. */
export function notificationShot({ body, authorization }: { body: Buffer; authorization: string }): Shot {
  const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' };
  return { method: 'POST', path: WEBHOOK_PATH, headers, body, expects: 200 };
}
