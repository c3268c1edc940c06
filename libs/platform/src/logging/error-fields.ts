import { types } from 'node:util';
import { scrub } from './scrub.js';

const MAX_MESSAGE_LENGTH = 500;
const MAX_STACK_LENGTH = 4000;
// Deeper causes add nothing in practice, and an error may be its own cause.
const MAX_CAUSES = 3;

/** An error as a log line shows it: nothing of it but these, so queries, parameters, requests and bodies stay out. */
export interface ErrorFields {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorFields;
}

/** Reduces anything thrown to {@link ErrorFields}, with message and stack scrubbed and cut; never throws. */
export function describeError(thrown: unknown): ErrorFields {
  return describe(thrown, MAX_CAUSES);
}

function describe(thrown: unknown, causesLeft: number): ErrorFields {
  if (!isError(thrown)) return { type: typeof thrown, message: scrub(primitive(thrown), MAX_MESSAGE_LENGTH) };
  const code = codeOf(thrown);
  const cause = causesLeft > 0 ? causeOf(thrown) : undefined;
  return {
    type: scrub(thrown.name, 64),
    ...(code === undefined ? {} : { code }),
    message: scrub(thrown.message, MAX_MESSAGE_LENGTH),
    ...(thrown.stack === undefined ? {} : { stack: scrub(thrown.stack, MAX_STACK_LENGTH) }),
    ...(cause === undefined ? {} : { cause: describe(cause, causesLeft - 1) }),
  };
}

function codeOf(error: Error): string | undefined {
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? scrub(String(code), 64) : undefined;
}

/** An AggregateError, as Node throws when no address of a host answers, says nothing itself: its first error does. */
function causeOf(error: Error): unknown {
  if ('errors' in error && Array.isArray(error.errors)) return error.errors[0];
  return error.cause ?? undefined;
}

/** An error of another realm (a worker's, a test's) is one too. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || types.isNativeError(thrown);
}

function primitive(thrown: unknown): string {
  // An object that is no error could be a whole body.
  const speaks = typeof thrown === 'string' || typeof thrown === 'number' || typeof thrown === 'boolean';
  return speaks ? String(thrown) : '';
}
