/** What may happen to processes, servers and their data: one at a time. */
export const BLOWS = [
  'kill api', 'kill processor', 'kill sandbox', 'kill both processors', 'kill both apis',
  'pause api', 'pause processor', 'pause sandbox', 'pause redis', 'pause postgres',
  'pause past the lease', 'pause while the clock jumps',
  'postgres restart', 'postgres killed', 'postgres fails over',
  'redis wiped', 'redis restart', 'redis emptied', 'redis killed', 'redis old snapshot', 'stream deleted',
  'rolling deploy',
] as const;
export type Blow = (typeof BLOWS)[number];

/** Those that a short run needs first, so that no guarantee goes unchallenged. */
export const FIRST_BLOWS: readonly Blow[] = [
  'kill processor', 'redis wiped', 'postgres killed', 'postgres fails over', 'kill api', 'rolling deploy', 'pause while the clock jumps', 'redis old snapshot',
];

/** After these Redis has lost something that the service must put back. */
export const REDIS_LOSSES: readonly Blow[] = ['redis wiped', 'redis emptied', 'redis killed', 'redis old snapshot', 'stream deleted'];

/** What may happen to a line between two parts. */
export const LINE_FAULTS = ['cut', 'slow', 'silent'] as const;
export type LineFault = (typeof LINE_FAULTS)[number];

export const LINES = [
  'api-1>postgres', 'api-2>postgres', 'processor-1>postgres', 'processor-2>postgres',
  'api-1>redis', 'api-2>redis', 'processor-1>redis', 'processor-2>redis',
  'processor-1>lakala', 'processor-2>lakala', 'lakala>api', 'apps>redis',
] as const;
export type LineName = (typeof LINES)[number];

/** How Lakala is for a while. */
export const WEATHERS = ['calm', 'slow', 'silent', 'erring', 'forging', 'losing', 'forgetful', 'undecided', 'mixed'] as const;
export type Weather = (typeof WEATHERS)[number];

/** Messages that Lakala did not send, or sent wrong, or again. */
export const FORGERIES = [
  'wrong signature', 'no signature', 'stale', 'wrong amount', 'wrong merchant', 'unknown order', 'repeat', 'old form',
] as const;
export type Forgery = (typeof FORGERIES)[number];

/** Something planned: `forMs` is how long it lasts, where it lasts. */
export interface Strike<Kind extends string> {
  atMs: number;
  kind: Kind;
  forMs: number;
  /** 1 or 2, where there are two of the kind. */
  which: 1 | 2;
}

export interface LineStrike extends Strike<LineFault> {
  line: LineName;
}

/** Something that did happen, in milliseconds since the run began; `toMs` is Infinity while it lasts. */
export interface Struck {
  kind: string;
  /** The parts that suffered, such as `api-1` or `processor-2>redis`. */
  parts: readonly string[];
  fromMs: number;
  toMs: number;
}
