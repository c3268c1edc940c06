import type { Client } from 'pg';

type Ask = (text: unknown, values?: unknown, callback?: (error: Error | null, result: unknown) => void) => unknown;

/**
 * Gives its own promises of results, in the place of pg's: V8 takes those for long-lived, with the query and all its rows, and
 * has to stop for them some time later (docs/performance.md, what was tried).
 */
export function promiseResults(connection: Client): void {
  const query = connection.query.bind(connection) as Ask;
  const ask: Ask = (text, values, callback) => {
    if (typeof values === 'function' || callback !== undefined) return query(text, values, callback);
    return new Promise((resolve, reject) => {
      query(text, values, (error, result) => (error ? reject(error) : resolve(result)));
    });
  };
  connection.query = ask as Client['query'];
}
