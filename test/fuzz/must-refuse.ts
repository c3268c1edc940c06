import { isUtf8 } from 'node:buffer';
import type { AnswerCheck } from './answer-check.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import { isObject } from './json-text.ts';
import type { Operation } from './openapi-document.ts';

/** Why no service that keeps to its document may accept the request; undefined where it may. */
export function refusalBound(
  check: AnswerCheck,
  operation: Operation,
  { method, path, body }: FuzzRequest,
): string | undefined {
  if (method !== operation.method) return undefined;
  const reason = operation.body && bodyRefusal(check, operation, body ?? Buffer.alloc(0));
  return reason ?? queryRefusal(check, operation, path.split('?')[1] ?? '');
}

function bodyRefusal(check: AnswerCheck, operation: Operation, body: Buffer): string | undefined {
  if (!isUtf8(body)) return 'the body is not UTF-8';
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // What is wrong with it is of no interest, only that it is.
    return 'the body is not JSON';
  }
  if (!isObject(value)) return 'the body is not an object';
  return check.allowsBody(operation, value) ? undefined : 'the document does not allow the body';
}

function queryRefusal(check: AnswerCheck, operation: Operation, text: string): string | undefined {
  const parameters = operation.parameters.filter((parameter) => parameter.in === 'query');
  // A call without any parameter reads none.
  if (parameters.length === 0) return undefined;
  const query = new URLSearchParams(text);
  for (const { name, required } of parameters) {
    const given = query.getAll(name);
    if (given.length === 0 && required) return `${name} is missing`;
    if (given.length > 1) return `${name} is given twice`;
    if (given.some((value) => !check.allowsParameter(operation, name, value)))
      return `the document does not allow ${name}`;
  }
  const unknown = [...query.keys()].find((name) => parameters.every((parameter) => parameter.name !== name));
  return unknown === undefined ? undefined : `the document knows no parameter ${JSON.stringify(unknown)}`;
}
