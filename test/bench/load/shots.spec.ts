import type { Requests } from './jobs.ts';
import { shotsOf } from './shots.ts';

const caller = { appId: 'shop', apiKey: 'key' };

async function some(requests: Requests, count: number): Promise<{ path: string; body: string }[]> {
  const shots = await shotsOf(requests);
  return Array.from({ length: count }, () => {
    const shot = shots();
    return { path: shot?.path ?? '', body: String(shot?.body) };
  });
}

describe('shotsOf', () => {
  it('every create is an order of its own, and as long as the others', async () => {
    const creates = await some({ what: 'creates', caller, prefix: 'b0001' }, 1_000);
    const more = await some({ what: 'creates', caller, prefix: 'b0002' }, 1_000);
    const bodies = [...creates, ...more].map(({ body }) => body);
    expect(new Set(bodies).size).toBe(2_000);
    expect(new Set(bodies.map(({ length }) => length)).size).toBe(1);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ app_id: 'shop', amount: 1_250 });
  });

  it('queries go through all orders there are', async () => {
    const queries = await some({ what: 'queries', caller, prefix: 'b0001', count: 100 }, 100);
    expect(new Set(queries.map(({ path }) => path)).size).toBe(100);
  });

  it('no more creates are made than asked for', async () => {
    const shots = await shotsOf({ what: 'creates', caller, prefix: 'b0001', count: 2 });
    expect([shots(), shots(), shots()].map((shot) => shot === null)).toEqual([false, false, true]);
  });
});
