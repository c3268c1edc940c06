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

/** Everything that an order goes through, by so many customers at a time. */
export interface LifecyclesJob extends Span {
  kind: 'lifecycles';
  urls: readonly string[];
  lakalaUrl: string;
  redisUrl: string;
  caller: Caller;
  prefix: string;
  customers: number;
}

/** The same at a steady rate, whatever becomes of the earlier ones. */
export interface SteadyLifecyclesJob extends Omit<LifecyclesJob, 'kind' | 'customers'> {
  kind: 'steady-lifecycles';
  perSecond: number;
}

/** From a create to its page. */
export interface PagesJob extends Omit<LifecyclesJob, 'kind' | 'customers'> {
  kind: 'pages';
  perSecond: number;
}

/** The control of {@link PagesJob}: the call to Lakala alone. */
export interface SignedCallsJob extends Span {
  kind: 'signed-calls';
  perSecond: number;
  lakalaUrl: string;
  keyFile: string;
  appid: string;
  serialNo: string;
  merchantNo: string;
  termNo: string;
  notifyUrl: string;
}

/** The control of {@link LifecyclesJob}: what it cannot do without. */
export interface SignaturesJob {
  kind: 'signatures';
  keyFile: string;
  seconds: number;
}

/** From a notification to its event; each order is told of once. */
export interface EventsJob extends Span {
  kind: 'events';
  perSecond: number;
  url: string;
  redisUrl: string;
  keyFile: string;
  orders: readonly KnownOrder[];
}

/** The control of {@link EventsJob}. */
export interface CommitsJob extends Span {
  kind: 'commits';
  perSecond: number;
  databaseUrl: string;
  connections: number;
  redisUrl: string;
}

/** More creates than can be served, at a steady rate, and a few notifications beside them. */
export interface OverloadJob extends Span {
  kind: 'overload';
  url: string;
  caller: Caller;
  prefix: string;
  perSecond: number;
  keyFile: string;
  notificationsPerSecond: number;
}

/** What came of an {@link OverloadJob}. */
export interface Overload {
  accepted: Measurement;
  /** Null where everything was accepted. */
  refused: Measurement | null;
  /** Of whatever was sent, the warm-up included. */
  acceptedNames: string[];
  refusedNames: string[];
  /** None of them was refused. */
  notifications: Measurement;
}

export type MeasuringJob = ClosedJob | OpenJob | LifecyclesJob | SteadyLifecyclesJob | PagesJob | SignedCallsJob | SignaturesJob | EventsJob | CommitsJob;

export type Job = MeasuringJob | OverloadJob;

/** What a job gives. */
export type ResultOf<J extends Job> = J extends OverloadJob ? Overload : Measurement;
