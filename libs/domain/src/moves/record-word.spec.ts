import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { SilentLog } from '#platform/logging/log.js';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { domainDataSource } from '../entities/domain-data-source.js';
import { GatewayWord } from '../entities/gateway-word.entity.js';
import { recordWords, type HeardWord } from './record-word.js';

let database: TestDatabase;
let processor: DataSource;
let subjectId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const url = urlForRole(database.url, 'loomi_processor');
  processor = await domainDataSource({ url, poolSize: 1, applicationName: 'words', log: new SilentLog() }).initialize();
});
afterAll(async () => {
  await processor.destroy();
  await database.drop();
});
beforeEach(() => {
  subjectId = randomUUID();
});

const NOT_PAID: HeardWord = {
  call: 'query',
  outcome: 'open',
  code: '000000',
  state: '0',
  trades: null,
  message: 'SUCCESS',
  traceId: 'trace-1',
  at: null,
};
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 25, 10, minute));
const hear = (change: Partial<HeardWord> = {}) => recordWords(processor.manager, [{ subjectId, word: { ...NOT_PAID, ...change } }]);
const words = () => processor.manager.find(GatewayWord, { where: { subjectId }, order: { call: 'ASC', seq: 'ASC' } });

test('a word is kept as it was said, by the service’s clock where it is not told when', async () => {
  await hear();
  const { at: _, ...said } = NOT_PAID;
  const [word] = await words();
  expect(word).toMatchObject({ subjectId, seq: 1, times: 1, ...said });
  expect(Math.abs(Date.now() - (word?.firstAt.getTime() ?? 0))).toBeLessThan(60_000);
});

test('the same word again is counted on its row, with the time and the trace of the last', async () => {
  await hear({ at: at(0) });
  await hear({ at: at(1), traceId: 'trace-2' });
  await hear({ at: at(2), traceId: 'trace-3' });
  expect(await words()).toMatchObject([{ times: 3, firstAt: at(0), lastAt: at(2), traceId: 'trace-3' }]);
});

test.each<Partial<HeardWord>>([
  { outcome: 'unknown' },
  { code: '999999' },
  { state: '3' },
  { trades: 'PAY F' },
  { message: null },
])('a word that differs by %j has a row of its own', async (change) => {
  await hear({ at: at(0) });
  await hear({ at: at(1), ...change });
  await hear({ at: at(2) });
  expect((await words()).map(({ seq, times }) => [seq, times])).toEqual([[1, 1], [2, 1], [3, 1]]);
});

test('each call has words of its own, so that a close between two questions repeats neither', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    await hear({ call: 'close', state: '0' });
    await hear({ call: 'query', state: '0' });
  }
  expect((await words()).map(({ call, times }) => [call, times])).toEqual([['close', 3], ['query', 3]]);
});

test('however long an order is asked about, the first ten words and the latest twenty are kept', async () => {
  for (let turn = 1; turn <= 60; turn += 1) await hear({ message: `word ${turn}`, at: at(turn) });
  const kept = await words();
  const first = Array.from({ length: 10 }, (_, index) => index + 1);
  const latest = Array.from({ length: 20 }, (_, index) => index + 41);
  expect(kept.map(({ seq }) => seq)).toEqual([...first, ...latest]);
  expect(kept.map(({ message }) => message)).toEqual([...first, ...latest].map((turn) => `word ${turn}`));
  expect(kept.at(-1)).toMatchObject({ firstAt: at(60), lastAt: at(60), times: 1 });
});

test('a whole body finds no place in the row', async () => {
  const body = '{"order_status":"0","user_id1":"2088002264868521"}';
  for (const field of ['outcome', 'code', 'state', 'trades', 'traceId'] as const) {
    await expect(hear({ [field]: body })).rejects.toThrow(/gateway_words_\w+_form/);
  }
  for (const [field, most] of [['outcome', 32], ['code', 32], ['state', 32], ['traceId', 64]] as const) {
    await hear({ [field]: 'a'.repeat(most) });
    await expect(hear({ [field]: 'a'.repeat(most + 1) })).rejects.toThrow(/gateway_words_\w+_form/);
  }
  await expect(hear({ message: 'x'.repeat(201) })).rejects.toThrow('gateway_words_message_length');
});
