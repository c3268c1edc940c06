/** Where Lakala's notifications arrive: proven by their signature, so neither key nor content type is asked for. */
export const WEBHOOK_PATH = '/api/v1/webhooks/lakala';

/** Of every body but a notification's, and of those too: Lakala's are under 2 KiB. */
export const BODY_LIMIT_BYTES = 64 * 1024;

/** Where payment orders are created. */
export const ORDERS_PATH = '/api/v1/payment-orders';

/** In every 503. A failover or a restart takes a few seconds; sooner would only add load. */
export const RETRY_AFTER_SECONDS = '2';
