import type { Stack } from '../stack/stack.ts';

/** Has the stack's app ask for a payment of 2.50; gives the answer's status. */
export async function createOrder({ baseUrl, apiKey, appId }: Stack, merchantOrderId: string): Promise<number> {
  const order = { app_id: appId, merchant_order_id: merchantOrderId, amount: 250, order_type: 'payment', subject: 'a book' };
  const response = await fetch(`${baseUrl}/api/v1/payment-orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
  return response.status;
}
