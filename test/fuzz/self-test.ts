import { randomUUID } from 'node:crypto';
import type { FuzzAnswer, FuzzRequest } from './fuzz-request.ts';
import { secretsIn } from './log-secrets.ts';
import { isObject, readJson } from './json-text.ts';
import { judge } from './parser-fuzz.ts';
import { isOfAnother } from './raw-http-fuzz.ts';
import { judgeBatch, problemsOf, type RequestFuzz } from './request-fuzz.ts';
import { bookDifferences, readBooks } from './books.ts';

/** Plants each fault that the fuzzer is there to find. Gives those it did not find; null where it found them all. */
export async function plantedFaults(fuzz: RequestFuzz): Promise<string | null> {
  const missed = [...(await missedInAnswers(fuzz)), ...(await missedInTables(fuzz)), ...missedElsewhere(fuzz)];
  return missed.length === 0 ? null : missed.map((fault) => `not found: ${fault}`).join('\n');
}

async function missedInAnswers(fuzz: RequestFuzz): Promise<string[]> {
  const { target, http } = fuzz;
  const request = readRequest(fuzz);
  const answer = await http.send(request);
  const refusal: FuzzRequest = { ...request, path: request.path.replace(/app_id=.*/, '') };
  const refused = await http.send(refusal);
  const withField = (change: object): FuzzAnswer => ({
    ...answer,
    body: Buffer.from(JSON.stringify({ ...bodyOf(answer), ...change })),
  });
  const planted: [string, FuzzRequest, FuzzAnswer][] = [
    ['an extra field in an answer', request, withField({ planted: 1 })],
    ['a missing field in an answer', request, withField({ amount: undefined })],
    ['a number as text in an answer', request, withField({ amount: '1' })],
    ["another app's data in an answer", request, withField({ subject: target.otherAppsMark })],
    ['a key in an answer', request, withField({ subject: target.keys.good })],
    ['a status that is not documented', request, { ...answer, status: 201 }],
    ['a 500', request, { ...refused, status: 500 }],
    ['a 503', request, { ...refused, status: 503 }],
    ['no X-Request-Id', request, { ...answer, headers: { ...answer.headers, 'x-request-id': undefined } }],
    [
      'a refusal that is no problem+json',
      refusal,
      { ...refused, headers: { ...refused.headers, 'content-type': 'application/json' } },
    ],
    [
      'a refusal with a field too many',
      refusal,
      { ...refused, body: Buffer.from(JSON.stringify({ ...bodyOf(refused), stack: 'x' })) },
    ],
    ['a request accepted that must be refused', { ...request, mustBeRefused: 'it is planted' }, answer],
    ['a request refused that the document allows', { ...refusal, isValid: true }, refused],
  ];
  const good = [...problemsOf(fuzz, { request, answer }), ...problemsOf(fuzz, { request: refusal, answer: refused })];
  const missed = planted.filter(
    ([, asked, answered]) => problemsOf(fuzz, { request: asked, answer: answered }).length === 0,
  );
  return [...good.map((problem) => `that good answers are good: ${problem}`), ...missed.map(([fault]) => fault)];
}

function readRequest({ target }: RequestFuzz): FuzzRequest {
  const path = `/api/v1/payment-orders/${target.open[1]?.merchant_order_id}?app_id=${target.appId}`;
  return {
    method: 'GET',
    path,
    headers: { authorization: `Bearer ${target.keys.good}` },
    body: undefined,
    kind: 'planted',
  };
}

function bodyOf({ body }: FuzzAnswer): object {
  const value = readJson(body);
  return isObject(value) ? value : {};
}

/** Writes as somebody else would at the moment of a request, in a row, in a new one, and in a partition. */
async function missedInTables(fuzz: RequestFuzz): Promise<string[]> {
  const { target, watch } = fuzz;
  const { books } = target.world;
  const request = readRequest(fuzz);
  const writes: [string, string][] = [
    ['a changed row', `UPDATE payment_orders SET last_error = 'planted' WHERE id = '${target.open[1]?.id}'`],
    ['a new row', `INSERT INTO apps (app_id) VALUES ('planted')`],
    ['a row that is gone', `DELETE FROM apps WHERE app_id = 'planted'`],
    [
      'a new row in a partition',
      `INSERT INTO events (id, kind, subject_id, seq, app_id, fields) VALUES ('${randomUUID()}', 'payment', '${randomUUID()}', 1, 'x', '{}')`,
    ],
    ['an emptied table', 'TRUNCATE processors'],
  ];
  const before = await readBooks(books);
  const missed: string[] = [];
  for (const [fault, sql] of writes) {
    await books.query(sql);
    if ((await judgeBatch(fuzz, [request])).problems.length === 0) missed.push(fault);
  }
  if (bookDifferences(before, await readBooks(books)).length === 0) missed.push('a difference between the books');
  await watch.changes();
  return missed;
}

function missedElsewhere({ target }: RequestFuzz): string[] {
  const throwing = {
    parse: (): never => {
      throw new TypeError('planted');
    },
    provable: () => null,
  };
  const credulous = { parse: () => () => 'paid', provable: () => null };
  const bytes = Buffer.from('{}');
  const made = { table: 'payment_orders', act: 'INSERT', before: null, after: { merchant_order_id: 'RAW-2' } } as const;
  const [own, earlier, never] = ['"RAW-2"', '"RAW-2"', '"RAW-1"'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  return [
    ...(isOfAnother(made, own, [earlier]) || isOfAnother(made, bytes, [never])
      ? ['an order made by refused bytes, beside a sender who hung up']
      : []),
    ...(isOfAnother(made, bytes, [earlier]) ? [] : ['that an order is of the sender who hung up']),
    ...(judge(throwing, bytes, RangeError).problem === null ? ['a reader that throws what it should not'] : []),
    ...(judge(credulous, bytes, RangeError).problem === null ? ['a reader that believes everything'] : []),
    ...(secretsIn(`{"key":"${target.keys.good}"}`, Object.values(target.keys)).length === 0
      ? ['a secret in a log']
      : []),
  ];
}
