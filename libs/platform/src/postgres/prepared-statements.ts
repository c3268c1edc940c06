import type { Client } from 'pg';

/** A text that is put together anew each time would fill the server's memory: beyond so many none gets a name. */
const MOST_NAMES = 500;

const names = new Map<string, string>();

/**
 * Has every statement with parameters parsed once a connection, and from then on only sent by its name: parsing and
 * planning are a third of what a short statement costs the server.
 */
export function prepareStatements(connection: Client): void {
  const query = connection.query.bind(connection) as (...call: unknown[]) => unknown;
  const byName = (text: unknown, values: unknown, ...rest: unknown[]): unknown => {
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return query(text, values, ...rest);
    return query({ name: nameOf(text), text, values: values as unknown[] }, ...rest);
  };
  connection.query = byName as Client['query'];
}

/** The same in all connections of a process. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_NAMES) return known;
  const name = `loomi_${names.size + 1}`;
  names.set(text, name);
  return name;
}
