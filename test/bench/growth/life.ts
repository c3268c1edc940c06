import { orderName } from '../load/shots.ts';

/** 10 million in two years. */
const ORDERS_PER_DAY = 13_700;
const STEP_MS = 86_400_000 / ORDERS_PER_DAY;
/** Who asks for a page gets it within a second, and pays or gives up soon: an order is over before the next begins. */
const PAGE_AFTER_MS = 1_000;
const END_AFTER_MS = 5_000;
/** As long as an app waits for a payer by default. */
const OPEN_FOR_MS = 1_800_000;
const FAILED_OF_A_HUNDRED = 7;

/** The apps of a busy installation, taking turns. The first is the one that the bench calls for. */
export const APPS = ['shop', ...Array.from({ length: 9 }, (_, index) => `app-${index + 1}`)];

/** How much there is to be, and until when. */
export interface Past {
  orders: number;
  /** Milliseconds since 1970: the moment of the last order. */
  untilMs: number;
  /** The beginning of the orders' names. */
  prefix: string;
}

/** What became of one order; the first is the oldest. */
export interface Life {
  index: number;
  id: string;
  attemptId: string;
  app: string;
  name: string;
  status: 'succeeded' | 'failed' | 'processing';
  createdMs: number;
  pageMs: number;
  endedMs: number;
  /** As text, which is what takes longest to make. */
  createdAt: string;
  endedAt: string;
}

export function lifeOf({ orders, untilMs, prefix }: Past, index: number): Life {
  const createdMs = Math.floor(untilMs - (orders - index) * STEP_MS);
  return {
    index,
    id: idOf(createdMs, 'order', index),
    attemptId: idOf(createdMs, 'attempt', index),
    app: APPS[index % APPS.length] ?? '',
    name: orderName(prefix, Math.floor(index / APPS.length)),
    status: statusOf(index, untilMs - createdMs),
    createdMs,
    pageMs: createdMs + PAGE_AFTER_MS,
    endedMs: createdMs + END_AFTER_MS,
    createdAt: new Date(createdMs).toISOString(),
    endedAt: new Date(createdMs + END_AFTER_MS).toISOString(),
  };
}

function statusOf(index: number, ageMs: number): Life['status'] {
  if (ageMs < OPEN_FOR_MS) return 'processing';
  return index % 100 < FAILED_OF_A_HUNDRED ? 'failed' : 'succeeded';
}

const KINDS = { order: '7000', attempt: '7001', event: '7002', notification: '7003' };

/** A UUIDv7 of that moment: what is written one after the other stands so in the indexes, as in real life. */
export function idOf(ms: number, kind: keyof typeof KINDS, index: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-${KINDS[kind]}-8000-${index.toString(16).padStart(12, '0')}`;
}

/** How many orders each app has at least. */
export function ordersOfEach({ orders }: Past): number {
  return Math.floor(orders / APPS.length);
}

/** The index of the first order that was created so many days ago or later. */
export function firstWithin({ orders }: Past, days: number): number {
  return Math.max(0, Math.ceil(orders - days * ORDERS_PER_DAY));
}
