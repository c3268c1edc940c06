import type { GroupLimits } from '#platform/postgres/grouped.js';

/**
 * A group of 256 orders takes some ten milliseconds to write. Calls with a key are turned away long before 4096 wait (see
 * admission.ts), so that number is for notifications: two seconds of them, and not more memory than a process has. A group
 * that takes ten times as long as a large one is stuck.
 */
export const GROUP_LIMITS: GroupLimits = { largest: 256, most: 4096, patienceMs: 100 };
