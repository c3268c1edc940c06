import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields } from './log-fields.js';

const storage = new AsyncLocalStorage<LogFields>();

/** Runs `work` so that every line logged in it, however deep or late, carries these fields besides the surrounding ones. */
export function withLogContext<T>(fields: LogFields, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...fields }, work);
}

/** The fields that the current line of work carries. */
export function logContext(): LogFields {
  return storage.getStore() ?? {};
}
