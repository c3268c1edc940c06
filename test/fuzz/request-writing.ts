import type { AnswerCheck } from './answer-check.ts';
import { withDoubledKey } from './damaged-bytes.ts';
import type { Draft, FuzzRequest } from './fuzz-request.ts';
import { writeJson } from './json-text.ts';
import { refusalBound } from './must-refuse.ts';
import type { HeaderFault } from './odd-headers.ts';
import type { Operation } from './openapi-document.ts';

/** The request as it goes on the wire. */
export function written(check: AnswerCheck, draft: Draft, kind: string, key: string, fault: HeaderFault): FuzzRequest {
  const { operation, method, path, query, body } = draft;
  const address = operation.template.replace(/\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const bytes = body === undefined ? undefined : Buffer.from(writeJson(body));
  const headers = {
    authorization: `Bearer ${key}`,
    ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(bytes.length) }),
    ...fault.headers,
  };
  const withKey = Object.fromEntries(Object.entries(headers).filter(([name]) => !fault.leaveOut?.includes(name)));
  const mustBeRefused = operation.needsKey || !fault.isOfKey ? fault.mustBeRefused : undefined;
  const request: FuzzRequest = {
    method,
    path: address + queryText(query),
    headers: withKey,
    body: bytes,
    kind,
    mustBeRefused,
    asOtherApp: fault.asOtherApp,
  };
  return bound(check, operation, request);
}

/** The length is that of what is sent; why it must be refused follows from the document. */
export function bound(check: AnswerCheck, operation: Operation, request: FuzzRequest): FuzzRequest {
  const headers = { ...request.headers };
  if (request.body && headers['content-length'] !== undefined) headers['content-length'] = String(request.body.length);
  return { ...request, headers, mustBeRefused: request.mustBeRefused ?? refusalBound(check, operation, request) };
}

/** The request with a field of its body a second time. */
export function doubled(request: FuzzRequest): FuzzRequest {
  const text = withDoubledKey(request.body?.toString() ?? '');
  return {
    ...request,
    headers: { ...request.headers, 'content-length': String(Buffer.byteLength(text)) },
    body: Buffer.from(text),
    mustBeRefused: 'a key is in it twice',
  };
}

function queryText(query: readonly [string, string][]): string {
  if (query.length === 0) return '';
  const encode = (text: string): string => encodeURIComponent(text.toWellFormed());
  return `?${query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')}`;
}
