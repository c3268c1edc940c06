import type { Row } from './row.ts';
import { BACKPRESSURE } from './rows/backpressure.ts';
import { CREATE, CREATE_GROUPED } from './rows/create.ts';
import { CREATE_P99 } from './rows/create-p99.ts';
import { EVENT_LATENCY } from './rows/event-latency.ts';
import { GROWTH } from './rows/growth.ts';
import { LIFECYCLES } from './rows/lifecycles.ts';
import { MEMORY } from './rows/memory.ts';
import { PAGE_LATENCY } from './rows/page-latency.ts';
import { QUERY } from './rows/query.ts';
import { REPLICAS } from './rows/replicas.ts';
import { WEBHOOKS } from './rows/webhooks.ts';

/** In the order in which they run. */
export const ROWS: readonly Row[] = [
  CREATE,
  CREATE_P99,
  CREATE_GROUPED,
  QUERY,
  WEBHOOKS,
  LIFECYCLES,
  PAGE_LATENCY,
  EVENT_LATENCY,
  REPLICAS,
  BACKPRESSURE,
  MEMORY,
  GROWTH,
];
