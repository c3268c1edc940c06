/** Presses a button of the cashier page as a browser's form would; gives the status: 303 pressed, 409 not possible. */
export async function press(paymentUrl: string, button: 'pay' | 'fail' | 'cancel'): Promise<number> {
  const response = await fetch(paymentUrl.replace('?', `/${button}?`), { method: 'POST', redirect: 'manual' });
  await response.body?.cancel();
  return response.status;
}
