/** The calls of Lakala's API that the sandbox answers. */
export const ENDPOINTS = ['create', 'query', 'close', 'refund', 'refund_query'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];
