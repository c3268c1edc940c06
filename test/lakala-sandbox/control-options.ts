import { HttpError } from './http-messages.ts';

type Check = { holds: (value: unknown) => boolean; expected: string };

const string: Check = { holds: (value) => typeof value === 'string' && value !== '', expected: 'a string' };
const flag: Check = { holds: (value) => typeof value === 'boolean', expected: 'true or false' };
const fen: Check = {
  holds: (value) => Number.isSafeInteger(value) && (value as number) > 0,
  expected: 'a whole number of fen above 0',
};
const oneOf = (...values: string[]): Check => ({
  holds: (value) => values.includes(value as string),
  expected: `one of ${values.join(', ')}`,
});

/** The kinds of option a control takes. */
export const OPTION = { string, flag, fen, oneOf };

/** The body, once every member of it is known and of its kind; a 400 that names all that is wrong otherwise. */
export function checkedOptions<T>(body: Record<string, unknown>, known: { [K in keyof T]-?: Check }): Partial<T> {
  const checks: Record<string, Check | undefined> = known;
  const errors = Object.entries(body).flatMap(([name, value]) => {
    const check = Object.hasOwn(known, name) ? checks[name] : undefined;
    if (check === undefined) return [`${name}: unknown; known here are ${Object.keys(known).join(', ') || 'none'}`];
    return check.holds(value) ? [] : [`${name}: expected ${check.expected}`];
  });
  if (errors.length > 0) throw new HttpError(400, 'the body has members that cannot be', errors);
  return body as Partial<T>;
}
