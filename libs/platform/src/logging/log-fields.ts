/** What a field may hold; anything else in it is dropped. */
export type FieldType = 'id' | 'code' | 'text' | 'number' | 'duration' | 'flag' | 'names' | 'error';

/**
 * Every field a log line can carry. A name that is not here never leaves the process, so bodies, keys, signatures and
 * payers' data cannot, whatever a caller passes. `text` is for words of ours and of gateways, masked and cut to length.
 */
export const LOG_FIELDS = {
  request_id: 'id',
  app_id: 'id',
  key_id: 'id',
  order_id: 'id',
  payment_order_id: 'id',
  refund_order_id: 'id',
  merchant_order_id: 'id',
  merchant_refund_id: 'id',
  attempt_id: 'id',
  event_id: 'id',
  entry_id: 'id',
  message_id: 'id',
  anomaly_id: 'id',
  out_order_no: 'id',
  out_trade_no: 'id',
  pay_order_no: 'id',
  trade_no: 'id',
  log_no: 'id',
  merchant_no: 'id',
  trace_id: 'id',
  processor_id: 'id',
  stream: 'id',
  consumer_group: 'id',
  consumer: 'id',
  partition: 'id',
  certificate_serial: 'id',
  order_type: 'code',
  order_state: 'code',
  state: 'code',
  from_state: 'code',
  to_state: 'code',
  trade_state: 'code',
  attempt_state: 'code',
  kind: 'code',
  code: 'code',
  gateway_code: 'code',
  outcome: 'code',
  cause: 'code',
  reason: 'code',
  check: 'code',
  name: 'code',
  loop: 'code',
  endpoint: 'code',
  operator: 'code',
  signal: 'code',
  version: 'code',
  context: 'code',
  method: 'code',
  route: 'text',
  message: 'text',
  gateway_message: 'text',
  status: 'number',
  http_status: 'number',
  exit_code: 'number',
  port: 'number',
  management_port: 'number',
  count: 'number',
  attempts: 'number',
  sends: 'number',
  in_flight: 'number',
  amount_fen: 'number',
  expected_amount_fen: 'number',
  refundable_fen: 'number',
  bytes: 'number',
  skew_seconds: 'number',
  lag: 'number',
  duration_ms: 'duration',
  retry_in_ms: 'duration',
  limit_ms: 'duration',
  age_seconds: 'duration',
  replayed: 'flag',
  forced: 'flag',
  names: 'names',
  error: 'error',
} as const satisfies Record<string, FieldType>;

/** A field that a log line can carry. */
export type LogFieldName = keyof typeof LOG_FIELDS;

interface FieldValues {
  id: string | number | bigint;
  code: string | number;
  text: string;
  number: number | bigint;
  duration: number;
  flag: boolean;
  names: readonly string[];
  error: unknown;
}

/** What a caller hands to the log; `null` and `undefined` leave the field out. */
export type LogFields = { readonly [K in LogFieldName]?: FieldValues[(typeof LOG_FIELDS)[K]] | null };
