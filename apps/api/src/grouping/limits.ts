import type { GroupLimits } from '#platform/postgres/grouped.js';

/**
 * A group of 256 orders takes some ten milliseconds to write, so as many as may wait are through in a fraction of a second:
 * past that the caller is told to come again rather than kept. A group that takes ten times as long as a large one is stuck.
 */
export const GROUP_LIMITS: GroupLimits = { largest: 256, most: 4096, patienceMs: 100 };
