import type { Type } from '@nestjs/common';
import { Equals, getMetadataStorage, IsOptional, MaxLength, ValidateIf, ValidateNested, validateSync } from 'class-validator';
import fc from 'fast-check';
import { AppModule } from '../app.module.js';
import { ApiError, validationFailed } from '../http/problems.js';
import { writeCursor } from '../paging/cursor.js';
import { instant } from '../paging/instant.js';
import { DtoPipe } from './dto.pipe.js';
import { fieldChecksOf, surelyKeepsRules } from './field-checks.js';
import { Follows } from './rule.js';

type Fields = Record<string, unknown>;

const reflected = (key: string, target: object, property?: string): Type[] =>
  ((property === undefined ? Reflect.getMetadata(key, target) : Reflect.getMetadata(key, target, property)) ?? []) as Type[];

/** What the handlers of every controller take, as Nest finds it. */
const DTOS = new Set(
  reflected('controllers', AppModule)
    .map(({ prototype }) => prototype as object)
    .flatMap((prototype) => Object.getOwnPropertyNames(prototype).flatMap((name) => reflected('design:paramtypes', prototype, name)))
    .filter((type) => fieldsOf(type).length > 0),
);

const merchantId = fc.stringMatching(/^[A-Za-z0-9_:-][A-Za-z0-9_.:-]{0,63}$/);
const time = fc.date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true }).map(instant);

/** Values of every field that must never need class-validator. */
const GOOD: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  app_id: fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/),
  merchant_order_id: merchantId,
  merchant_refund_id: merchantId,
  payment_order_id: fc.uuid(),
  refund_order_id: fc.uuid(),
  id: fc.uuid(),
  amount: fc.integer({ min: 1, max: 9_999_999_999 }),
  order_type: fc.constantFrom('payment', 'recharge'),
  subject: fc.string({ unit: fc.constantFrom('a', '票', '😀', ' '), minLength: 1, maxLength: 128 }),
  currency: fc.constantFrom('CNY', null),
  extra_data: fc.option(fc.record({ return_url: fc.webUrl(), user: fc.string(), more: fc.json().map((text) => [text]) }, { requiredKeys: [] })),
  expires_in: fc.option(fc.integer({ min: 60, max: 604_200 })),
  reason: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 })),
  status: fc.constantFrom('pending', 'processing', 'succeeded', 'failed'),
  created_from: time,
  created_to: time,
  limit: fc.integer({ min: 1, max: 200 }).map(String),
  cursor: fc.tuple(time, fc.uuid()).map(([createdAt, id]) => writeCursor({ createdAt, id })),
  after: fc.nat().map((ms) => `${ms}-0`),
};

const EDGES = [null, undefined, '', '.', '..', 'a'.repeat(64), 'a'.repeat(65), '😀'.repeat(128), '😀'.repeat(129), 'x'.repeat(201)];
const NUMBERS = [0, -0, 1, 1.5, 59, 60, 604_200, 604_201, 9_999_999_999, 10_000_000_000, Number.NaN, '0', '1', '200', '201', '1e2'];
const HOSTILE = ['a\n', 'a\u0085b', '\u0000', '\ud800', 'USD', '2024-02-30T00:00:00Z', 'ftp://a.example/', [], ['payment'], {}, new Date(0)];
const OBJECTS: object[] = [{ return_url: 'x' }, { payment_url: 1 }, { a: 'x'.repeat(16_400) }, { a: [[[[[[[[1]]]]]]]] }, { constructor: 1, return_url: null }];
const anything = fc.oneof(fc.constantFrom<unknown>(...EDGES, ...NUMBERS, ...HOSTILE, ...OBJECTS), fc.anything({ maxDepth: 3 }));

function fieldsOf(dto: Type): string[] {
  return [...new Set(getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false).map(({ propertyName }) => propertyName))];
}

function goodFields(dto: Type): fc.Arbitrary<Fields> {
  return fc.record(Object.fromEntries(fieldsOf(dto).map((field) => [field, GOOD[field] ?? fc.constant(undefined)])));
}

/** Good fields, some of them left out, and up to two replaced, perhaps by what is no field. */
function nearly(dto: Type): fc.Arbitrary<Fields> {
  const names = fc.constantFrom(...fieldsOf(dto), ...fieldsOf(dto), 'unknown', 'constructor', '__proto__', 'x'.repeat(90));
  const kept = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 16, maxLength: 16 });
  return fc
    .tuple(goodFields(dto), kept, fc.array(fc.tuple(names, anything), { maxLength: 2 }))
    .map(([fields, keeps, changes]) => [...Object.entries(fields).filter((_, index) => keeps[index] !== 0), ...changes])
    .map((entries) => Object.fromEntries(entries));
}

function onlyDeclared(dto: Type, value: object): object {
  const declared = Object.entries(value).filter(([field]) => fieldsOf(dto).includes(field));
  return Object.assign(new dto() as object, Object.fromEntries(declared));
}

/** The answer where class-validator judges everything. */
function judged(dto: Type, value: object): unknown {
  const unknown = Object.keys(value).filter((field) => !fieldsOf(dto).includes(field));
  const errors = validateSync(onlyDeclared(dto, value)).flatMap(({ property, constraints }) =>
    [...new Set(Object.values(constraints ?? {}))].map((message) => ({ field: property, message })),
  );
  const strangers = unknown.map((name) => ({ field: name.length > 80 ? `${name.slice(0, 80)}…` : name, message: 'is not a known field' }));
  const problems = [...strangers, ...errors];
  return problems.length > 0 ? refusal(validationFailed(problems)) : onlyDeclared(dto, value);
}

function answered(dto: Type, value: unknown): unknown {
  try {
    return new DtoPipe().transform(value, { type: 'body', metatype: dto });
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): unknown {
  if (!(error instanceof ApiError)) throw error;
  return { code: error.code, detail: error.message, errors: error.errors };
}

function isSure(dto: Type, value: object): boolean {
  return surelyKeepsRules(onlyDeclared(dto, value) as Fields, fieldChecksOf(dto));
}

it('finds every DTO of the API', () => {
  expect([...DTOS].map(({ name }) => name).sort()).toEqual([
    'ClosePaymentOrder',
    'CreatePaymentOrder',
    'CreateRefundOrder',
    'EventsQuery',
    'OneAppQuery',
    'PaymentOrderListQuery',
    'PaymentOrderPath',
    'RefundOrderListQuery',
    'RefundOrderPath',
    'ReturnPath',
  ]);
  expect([...DTOS].flatMap(fieldsOf).filter((field) => !GOOD[field])).toEqual([]);
});

describe.each([...DTOS].map((dto) => [dto.name, dto] as const))('%s', (_name, dto) => {
  it('is accepted without class-validator where every field is good', () => {
    fc.assert(
      fc.property(goodFields(dto), (value) => {
        expect(isSure(dto, value)).toBe(true);
      }),
    );
  });

  it('is sure of exactly what class-validator accepts, and answers as if it alone had judged', () => {
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(nearly(dto), (value) => {
        const accepted = validateSync(onlyDeclared(dto, value)).length === 0;
        verdicts.add(accepted);
        expect(isSure(dto, value)).toBe(accepted);
        expect(answered(dto, value)).toStrictEqual(judged(dto, value));
      }),
      { numRuns: 400 },
    );
    expect(verdicts.size).toBe(2);
  });

  it.each([null, undefined, 'text', 5, []])('is no %p', (value) => {
    expect(answered(dto, value)).toMatchObject({ code: 'malformed_json' });
  });
});

class Inner {
  @MaxLength(2)
  text: string;
}

const laterOnly = () => Follows('later', (value) => (value === 'later' ? undefined : 'is not later'));

/** What the API's own DTOs do not use. */
class Unusual {
  @MaxLength(3)
  short: string;

  @MaxLength(3, { each: true })
  shorts: string[];

  @MaxLength(3, { validateIf: (_dto, value) => value !== 'as it is' })
  mostly: string;

  @ValidateIf((dto: Unusual) => dto.short === 'abc')
  @IsOptional()
  @laterOnly()
  depends: string;

  @ValidateNested()
  inner: Inner;

  @Equals(1)
  one: number;
}

const unusual = fc.record(
  {
    short: fc.constantFrom('abc', 'abcd', 'a', 5),
    shorts: fc.constantFrom(['abc'], ['abc', 'abcd'], 'abc', 'abcd'),
    mostly: fc.constantFrom('abc', 'abcd', 'as it is'),
    depends: fc.constantFrom('later', 'sooner', null),
    inner: fc.constantFrom(Object.assign(new Inner(), { text: 'a' }), Object.assign(new Inner(), { text: 'long' }), 5),
    one: fc.constantFrom(1, '1'),
  },
  { requiredKeys: ['short', 'shorts', 'mostly', 'inner', 'one'] },
);

it('rules of class-validator that are not understood are left to it, the others hold', () => {
  fc.assert(
    fc.property(unusual, (value) => {
      if (isSure(Unusual, value)) expect(validateSync(onlyDeclared(Unusual, value))).toEqual([]);
      expect(answered(Unusual, value)).toStrictEqual(judged(Unusual, value));
    }),
    { numRuns: 500 },
  );
});

it.each([
  ['short', 'abcd', 'abc'],
  ['depends', 'sooner', 'later'],
  ['one', 2, 1],
])('a rule on %s decides by itself', (field, bad, good) => {
  const isSureOf = (value: unknown) =>
    fieldChecksOf(Unusual).get(field)?.(Object.assign(new Unusual(), { short: 'abc', [field]: value }), value);
  expect([isSureOf(bad), isSureOf(good)]).toEqual([false, true]);
});

it.each(['shorts', 'mostly', 'inner'])('of %s nothing is sure', (field) => {
  expect(fieldChecksOf(Unusual).get(field)?.(new Unusual(), 'abc')).toBe(false);
});

it('what is no DTO passes as it is', () => {
  const body = Buffer.from('bytes');
  expect(answered(Buffer as unknown as Type, body)).toBe(body);
  expect(new DtoPipe().transform('demo', { type: 'custom', metatype: String })).toBe('demo');
});
