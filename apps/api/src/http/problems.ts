/** The stable code of every refusal: what a program may branch on. */
export type ErrorCode =
  | 'validation_failed'
  | 'malformed_json'
  | 'malformed_request'
  | 'malformed_notification'
  | 'unauthorized'
  | 'bad_signature'
  | 'app_mismatch'
  | 'insufficient_scope'
  | 'address_not_allowed'
  | 'not_found'
  | 'payment_order_not_found'
  | 'refund_order_not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'merchant_order_id_conflict'
  | 'merchant_refund_id_conflict'
  | 'payment_order_already_paid'
  | 'payment_order_not_refundable'
  | 'refund_exceeds_refundable'
  | 'events_expired'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'too_many_requests'
  | 'headers_too_large'
  | 'internal_error'
  | 'service_unavailable';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** One table decides the status of every code, so a new code does not compile until somebody has decided. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  validation_failed: { status: 400, title: 'The request is not valid' },
  malformed_json: { status: 400, title: 'The body is not acceptable JSON' },
  malformed_request: { status: 400, title: 'The request cannot be read' },
  malformed_notification: { status: 400, title: 'The notification cannot be read' },
  bad_signature: { status: 401, title: 'The signature is not good' },
  unauthorized: { status: 401, title: 'No valid API key' },
  app_mismatch: { status: 403, title: 'The key belongs to another app' },
  insufficient_scope: { status: 403, title: 'The key may not do this' },
  address_not_allowed: { status: 403, title: 'The address is not allowed' },
  not_found: { status: 404, title: 'Nothing is here' },
  payment_order_not_found: { status: 404, title: 'No such payment order' },
  refund_order_not_found: { status: 404, title: 'No such refund order' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  merchant_order_id_conflict: { status: 409, title: 'The merchant_order_id is taken' },
  merchant_refund_id_conflict: { status: 409, title: 'The merchant_refund_id is taken' },
  payment_order_already_paid: { status: 409, title: 'The payment order is paid' },
  payment_order_not_refundable: { status: 409, title: 'The payment order cannot be refunded' },
  refund_exceeds_refundable: { status: 409, title: 'The refund exceeds what is left' },
  events_expired: { status: 410, title: 'These events are no longer kept' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not JSON' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'The service failed' },
  service_unavailable: { status: 503, title: 'The service is not available' },
};

/** One thing wrong with one part of a request. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** The body of an `application/problem+json` answer (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly request_id: string;
  readonly errors?: readonly FieldProblem[];
}

interface Refusal {
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly FieldProblem[];
}

/** A refusal on its way to the caller. `detail` is one sentence a human can act on; nothing secret may be in it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly FieldProblem[] | undefined;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    { headers = {}, errors }: Refusal = {},
  ) {
    super(detail);
    this.headers = headers;
    // Contract: every 400 says which part is wrong.
    this.errors = errors ?? (PROBLEMS[code].status === 400 ? [{ field: 'request', message: detail }] : undefined);
  }
}

/** A 400 that lists everything found wrong. */
export function validationFailed(errors: readonly FieldProblem[]): ApiError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new ApiError('validation_failed', first ? `${first.field} ${first.message}${more}.` : 'The request is not valid.', {
    errors,
  });
}

/** Writes a refusal as its problem document. */
export function problemOf(error: ApiError, requestId: string): Problem {
  const { status, title } = PROBLEMS[error.code];
  return {
    type: `urn:loomi-pay:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    ...(error.errors ? { errors: error.errors } : {}),
  };
}
