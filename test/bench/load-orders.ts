// Loads the past of a service into a database of this machine: see docs/performance.md, "Ten million orders".
import { parseArgs } from 'node:util';
import { loadPast } from './growth/load-past.ts';

const USAGE = 'DATABASE_URL=postgres://… node test/bench/load-orders.ts [--orders N]   (10000000)';

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error('--orders is a whole number');
  return count;
}

try {
  const { values } = parseArgs({ options: { orders: { type: 'string', default: '10000000' } } });
  const { DATABASE_URL: databaseUrl } = process.env;
  if (databaseUrl === undefined) throw new Error('DATABASE_URL is not set');
  const past = { orders: countOf(values.orders), untilMs: Date.now(), prefix: 'g0000' };
  await loadPast(databaseUrl, past, (line) => process.stdout.write(`${line.trim()}\n`));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 1;
}
