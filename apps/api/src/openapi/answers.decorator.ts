import { applyDecorators, type Type } from '@nestjs/common';
import { ApiConsumes, ApiExtraModels, ApiHeader, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { PROBLEMS, type ErrorCode } from '../http/problems.js';
import { AcknowledgementView } from '../webhook/acknowledgement.view.js';
import { InvalidRequestView, ProblemView } from './problem.view.js';

type HeaderDocs = Record<string, { description: string; required: boolean; schema: { type: 'string' } }>;

const header = (name: string, description: string, required = true): HeaderDocs => ({
  [name]: { description, required, schema: { type: 'string' } },
});
const REQUEST_ID = header('X-Request-Id', "The caller's own where it sent one, else a new one.");
const HEADERS_BY_STATUS: Readonly<Record<number, HeaderDocs>> = {
  401: header('WWW-Authenticate', 'Bearer'),
  429: header('Retry-After', 'Seconds.'),
  503: header('Retry-After', 'Seconds.'),
};

const OF_EVERY_CALL: readonly ErrorCode[] = ['validation_failed', 'too_many_requests', 'internal_error', 'service_unavailable'];
const OF_EVERY_KEY: readonly ErrorCode[] = ['unauthorized', 'app_mismatch', 'insufficient_scope', 'address_not_allowed'];
const OF_EVERY_BODY: readonly ErrorCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];

interface AnswersOptions {
  readonly status: number;
  readonly view: Type;
  /** The answer may be an earlier request's. */
  readonly replayable?: boolean;
  readonly body?: boolean;
  readonly refusals?: readonly ErrorCode[];
}

/** Writes every answer of a call that takes a key into the OpenAPI document. */
export function Answers({ status, view, replayable = false, body = false, refusals = [] }: AnswersOptions): MethodDecorator {
  const replay = replayable ? header('Idempotency-Replayed', 'true: an earlier request had made it.', false) : {};
  return applyDecorators(
    ApiHeader({ name: 'X-Request-Id', required: false, description: 'Yours: 1 to 64 of A-Z a-z 0-9 _ -.' }),
    ApiResponse({ status, type: view, description: 'Done.', headers: { ...REQUEST_ID, ...replay } }),
    ...problems([...OF_EVERY_CALL, ...OF_EVERY_KEY, ...(body ? OF_EVERY_BODY : []), ...refusals]),
  );
}

/** As {@link Answers}, for the payer's way back. */
export function Redirects(): MethodDecorator {
  const headers = { ...REQUEST_ID, ...header('Location', "The order's return_url.") };
  return applyDecorators(
    ApiResponse({ status: 302, description: 'On to the return_url.', headers }),
    ...problems([...OF_EVERY_CALL, 'not_found']),
  );
}

/** As {@link Answers}, in Lakala's own form. */
export function NotificationAnswers(): MethodDecorator {
  const descriptions: Readonly<Record<number, string>> = {
    200: 'Kept, or kept before.',
    400: 'The message cannot be read.',
    401: 'The signature is not good.',
    403: 'Notifications are not taken from this address.',
    413: 'Larger than 64 KiB.',
    500: 'The service failed: send it again.',
    503: 'It cannot be kept just now: send it again.',
  };
  return applyDecorators(
    ApiConsumes('application/json'),
    ...Object.entries(descriptions).map(([status, description]) =>
      ApiResponse({
        status: Number(status),
        description,
        type: AcknowledgementView,
        headers: { ...REQUEST_ID, ...(status === '503' ? HEADERS_BY_STATUS[503] : {}) },
      }),
    ),
  );
}

function problems(codes: readonly ErrorCode[]): MethodDecorator[] {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, ofStatus]) =>
    ApiResponse({
      status,
      description: ofStatus.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      headers: { ...REQUEST_ID, ...HEADERS_BY_STATUS[status] },
      content: {
        'application/problem+json': { schema: { $ref: getSchemaPath(status === 400 ? InvalidRequestView : ProblemView) } },
      },
    }),
  );
  return [ApiExtraModels(ProblemView, InvalidRequestView), ...responses];
}
