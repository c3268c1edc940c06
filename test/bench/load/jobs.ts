/** What is asked for over and over. Every request is one that was not made before, and as long as all others. */
export type Requests =
  | { what: 'creates'; caller: Caller; prefix: string; count?: number }
  /** Orders that are there, `prefix` and a number below `count`. */
  | { what: 'queries'; caller: Caller; prefix: string; count: number }
  /** Signed before the measurement; the same `prefix` gives the same messages once more, without signing them again. */
  | { what: 'webhooks'; keyFile: string; prefix: string; count: number };

export interface Caller {
  appId: string;
  apiKey: string;
}

/** How long: what happens in the first seconds is not counted. */
export interface Span {
  warmSeconds: number;
  seconds: number;
}

/** So many connections that each send the next request when the last is answered. */
export interface ClosedJob extends Span {
  kind: 'closed';
  /** The connections are spread over them. */
  urls: readonly string[];
  connections: number;
  requests: Requests;
}

/** So many requests a second, whether the last are answered or not; each is timed from when it was due. */
export interface OpenJob extends Span {
  kind: 'open';
  url: string;
  connections: number;
  perSecond: number;
  requests: Requests;
}

/** An order that Lakala knows, and what a notification of it says. */
export interface KnownOrder {
  id: string;
  outOrderNo: string;
  payOrderNo: string;
  merchantNo: string;
  amountFen: number;
}

export interface Measurement {
  count: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

export type Job = ClosedJob | OpenJob;
