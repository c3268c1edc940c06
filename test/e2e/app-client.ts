/** A payment order as the API shows it. */
export interface PaymentOrder {
  id: string;
  app_id: string;
  merchant_order_id: string;
  status: 'pending' | 'processing' | 'succeeded' | 'failed';
  amount: number;
  gateway_transaction_id: string | null;
  extra_data: { payment_url?: string; lakala_callback?: Record<string, unknown> } & Record<string, unknown>;
  paid_at: string | null;
  close_requested_at: string | null;
  refunded_amount: number;
  failure: { code: string; message: string } | null;
}

/** A refund order as the API shows it. */
export interface RefundOrder {
  id: string;
  payment_order_id: string;
  status: 'pending' | 'processing' | 'succeeded' | 'failed';
  amount: number;
  gateway_refund_id: string | null;
  failure: { code: string; message: string } | null;
}

export interface Answer<Body> {
  status: number;
  body: Body;
  headers: Headers;
}

interface EventPage {
  data: Record<string, string>[];
  next_after: string | null;
}

interface Problem {
  code: string;
  detail: string;
}

interface OrderWishes {
  amount?: number;
  subject?: string;
  expires_in?: number;
  extra_data?: Record<string, unknown>;
}

interface RefundWishes {
  amount: number;
  reason?: string;
  merchant_refund_id?: string;
}

/** The API as a main app uses it: it knows an address, a key and its own name. */
export class AppClient {
  readonly baseUrl: string;
  readonly appId: string;
  readonly #key: string;

  constructor(baseUrl: string, appId: string, key: string) {
    this.baseUrl = baseUrl;
    this.appId = appId;
    this.#key = key;
  }

  create(merchantOrderId: string, wishes: OrderWishes = {}): Promise<Answer<PaymentOrder & Problem>> {
    const order = { merchant_order_id: merchantOrderId, amount: 10_000, order_type: 'payment', subject: 'a sale' };
    return this.#send('POST', '/payment-orders', { app_id: this.appId, ...order, ...wishes });
  }

  async payment(merchantOrderId: string): Promise<PaymentOrder> {
    return this.#read(`/payment-orders/${merchantOrderId}?app_id=${this.appId}`);
  }

  /** Whatever the answer is. */
  tryPayment(merchantOrderId: string): Promise<Answer<PaymentOrder>> {
    return this.#send('GET', `/payment-orders/${merchantOrderId}?app_id=${this.appId}`);
  }

  async newestPayments(): Promise<PaymentOrder[]> {
    return (await this.#read<{ data: PaymentOrder[] }>(`/payment-orders?app_id=${this.appId}&limit=200`)).data;
  }

  close(merchantOrderId: string): Promise<Answer<PaymentOrder & Problem>> {
    return this.#send('POST', `/payment-orders/${merchantOrderId}/close`, { app_id: this.appId });
  }

  createRefund(paymentOrderId: string, wishes: RefundWishes): Promise<Answer<RefundOrder & Problem>> {
    return this.#send('POST', '/refund-orders', { app_id: this.appId, payment_order_id: paymentOrderId, ...wishes });
  }

  async refund(id: string): Promise<RefundOrder> {
    return this.#read(`/refund-orders/${id}?app_id=${this.appId}`);
  }

  /** Whatever the answer is. */
  tryRefund(id: string): Promise<Answer<RefundOrder>> {
    return this.#send('GET', `/refund-orders/${id}?app_id=${this.appId}`);
  }

  async newestRefunds(): Promise<RefundOrder[]> {
    return (await this.#read<{ data: RefundOrder[] }>(`/refund-orders?app_id=${this.appId}&limit=200`)).data;
  }

  async events(): Promise<Record<string, unknown>[]> {
    return (await this.#read<{ data: Record<string, unknown>[] }>(`/events?app_id=${this.appId}&limit=200`)).data;
  }

  /** A page of the events after this place; an empty one is the beginning. */
  eventsAfter(after: string, limit: number): Promise<Answer<EventPage & Problem>> {
    return this.#send('GET', `/events?app_id=${this.appId}&limit=${limit}${after && `&after=${after}`}`);
  }

  /** The status of a request that needs a good key, and changes nothing. */
  async tryKey(): Promise<number> {
    return (await this.#send('GET', `/payment-orders?app_id=${this.appId}&limit=1`)).status;
  }

  async #read<Body>(path: string): Promise<Body> {
    const { status, body } = await this.#send<Body>('GET', path);
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async #send<Body>(method: string, path: string, content?: object): Promise<Answer<Body>> {
    const response = await fetch(`${this.baseUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, ...(content && { 'content-type': 'application/json' }) },
      body: content && JSON.stringify(content),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: response.status, body: (await response.json()) as Body, headers: response.headers };
  }
}
