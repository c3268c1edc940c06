import type { DevEnv, DevPorts } from './dev-environment.ts';
import { addressOf } from './programs.ts';

/** What `npm start` prints when all is up: where things are, and a first payment to paste. */
export function greeting(ports: DevPorts, { APP_ID: appId, LOOMI_PAY_API_KEY: key, ...devEnv }: DevEnv): string {
  const api = addressOf(ports.api);
  const orders = `${api}/api/v1/payment-orders`;
  // A new number at each start: an order's number can be paid once.
  const id = `FIRST-${Date.now()}`;
  const order = { app_id: appId, merchant_order_id: id, amount: 100, order_type: 'payment', subject: 'First payment' };
  const sandbox = devEnv.LAKALA_SANDBOX_URL;
  return `
Loomi Pay is up. Ctrl-C stops it; its data stays in .loomi/

  API          ${api}/api/v1
  try it       ${api}/api/v1/docs
  metrics      ${addressOf(ports.apiManagement)}/metrics, ${addressOf(ports.processorManagement)}/metrics
${sandbox === undefined ? '' : `  sandbox      ${sandbox}/control/ledger shows what it believes\n`}  for an app   .loomi/dev.env
  logs         .loomi/logs/

Create a payment:

  curl -sS ${orders} -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(order)}'

Then look at it; extra_data.payment_url is the page where it is paid:

  curl -sS '${orders}/${id}?app_id=${appId}' -H 'Authorization: Bearer ${key}'
`;
}
