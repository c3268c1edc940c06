import { METHODS } from 'node:http';
import fc from 'fast-check';
import type { AnswerCheck } from './answer-check.ts';
import { withOneBreach } from './broken-values.ts';
import { damagedBytes } from './damaged-bytes.ts';
import type { Draft, FuzzRequest } from './fuzz-request.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { writeJson } from './json-text.ts';
import { knownValues } from './known-values.ts';
import { ODD_TEXTS } from './odd-values.ts';
import type { Operation } from './openapi-document.ts';
import { oddHeaders, oddKeys, type HeaderFault } from './odd-headers.ts';
import { oddPath, oddQuery } from './odd-addresses.ts';
import { bound, doubled, written } from './request-writing.ts';
import { validBody, validParameters } from './valid-values.ts';

const WEIGHT_OF_BODIES = 3;

/** Requests of every call in the document: good ones, and such with something wrong in one place. */
export function requestArbitrary(check: AnswerCheck, target: FuzzTarget): fc.Arbitrary<FuzzRequest> {
  const known = knownValues(target);
  const perOperation = check.operations.map((operation) => ({
    weight: operation.body ? WEIGHT_OF_BODIES : 1,
    arbitrary: draftOf(operation, known).chain((draft) => requestFrom(check, target, draft)),
  }));
  return fc.oneof(...perOperation, { weight: 1, arbitrary: nowhere(target) });
}

function draftOf(operation: Operation, known: ReturnType<typeof knownValues>): fc.Arbitrary<Draft> {
  const ofCall = known(operation);
  return fc
    .tuple(
      validParameters(operation.parameters, 'path', ofCall),
      validParameters(operation.parameters, 'query', ofCall),
      operation.body ? validBody(operation.body, ofCall) : fc.constant(undefined),
    )
    .map(([path, query, body]) => ({
      operation,
      method: operation.method,
      path: texts(path),
      query: Object.entries(texts(query)),
      body,
    }));
}

function texts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function requestFrom(check: AnswerCheck, target: FuzzTarget, draft: Draft): fc.Arbitrary<FuzzRequest> {
  const { good } = target.keys;
  const write = (changed: Draft, kind: string, fault: HeaderFault = { headers: {} }): FuzzRequest =>
    written(check, changed, kind, good, fault);
  const { body } = draft;
  const schema = draft.operation.body;
  const bytes = Buffer.from(writeJson(body));
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constant({
        ...write(draft, 'valid'),
        isValid: draft.operation.body !== undefined || draft.method === 'GET',
      }),
    },
    ...(schema && body
      ? [
          {
            weight: 12,
            arbitrary: withOneBreach(body, schema).map((broken) =>
              write({ ...draft, body: broken }, 'one thing wrong'),
            ),
          },
          {
            weight: 5,
            arbitrary: damagedBytes(bytes).map((damaged) =>
              bound(check, draft.operation, { ...write(draft, 'damaged bytes'), body: damaged }),
            ),
          },
          { weight: 1, arbitrary: fc.constant(doubled(write(draft, 'a doubled key'))) },
        ]
      : [
          {
            weight: 1,
            arbitrary: damagedBytes(Buffer.from('{"app_id":"x"}')).map((raw) => ({
              ...write(draft, 'a body where none belongs'),
              body: raw,
            })),
          },
        ]),
    { weight: 4, arbitrary: oddQuery(draft).map((query) => write({ ...draft, query }, 'odd query')) },
    {
      weight: 2,
      arbitrary: oddPath(draft).map((path) => ({ ...write(draft, 'odd path'), path, mustBeRefused: undefined })),
    },
    { weight: 3, arbitrary: oddKeys(target.keys).map((fault) => write(draft, 'odd key', fault)) },
    { weight: 4, arbitrary: oddHeaders(body !== undefined).map((fault) => write(draft, 'odd header', fault)) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...SENDABLE_METHODS).map((method) => write({ ...draft, method }, 'another method')),
    },
  );
}

/** CONNECT asks for a tunnel, which an HTTP client takes for something else than a request. */
const SENDABLE_METHODS = METHODS.filter((method) => method !== 'CONNECT');

/** Addresses that nobody serves. */
function nowhere({ keys }: FuzzTarget): fc.Arbitrary<FuzzRequest> {
  const segment = fc.oneof(
    fc.constantFrom(...ODD_TEXTS, 'api', 'v1', 'v2', 'payment-orders', 'health', 'r'),
    fc.string(),
  );
  const path = fc
    .array(segment, { maxLength: 5 })
    .map((segments) => `/${segments.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`);
  return fc.tuple(fc.constantFrom(...SENDABLE_METHODS), path).map(([method, address]) => ({
    method,
    path: address.slice(0, 8_000),
    headers: { authorization: `Bearer ${keys.good}` },
    body: undefined,
    kind: 'nowhere',
  }));
}
