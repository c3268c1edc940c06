import pg from 'pg';
import type { Overload } from './load/jobs.ts';

/** Throws where an order that was accepted is not in the table, or one that was refused is. */
export async function checkBooks(databaseUrl: string, prefix: string, { acceptedNames, refusedNames }: Overload): Promise<void> {
  const kept = await namesIn(databaseUrl, prefix);
  const lost = acceptedNames.filter((name) => !kept.has(name));
  const unasked = refusedNames.filter((name) => kept.has(name));
  if (lost.length > 0) throw new Error(`${lost.length} orders were accepted and are lost, ${lost[0]} among them`);
  if (unasked.length > 0) throw new Error(`${unasked.length} orders were refused and are there, ${unasked[0]} among them`);
}

async function namesIn(databaseUrl: string, prefix: string): Promise<Set<string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT merchant_order_id AS name FROM payment_orders WHERE starts_with(merchant_order_id, $1)',
      [prefix],
    );
    return new Set(rows.map(({ name }) => name));
  } finally {
    await client.end();
  }
}
