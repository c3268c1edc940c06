import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Log } from '#platform/logging/log.js';
import { TooManyWaiting } from '#platform/postgres/grouped.js';
import { isDatabaseOutage } from '#platform/postgres/database-outage.js';
import { ApiError, PROBLEMS, problemOf, type ErrorCode } from './problems.js';
import { RETRY_AFTER_SECONDS, WEBHOOK_PATH } from './routes.js';

/** The one place where an error becomes an answer. What is not known here is a 500 that says nothing of its cause. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also called for what Fastify refuses before Nest has a say. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = apiErrorOf(thrown);
    const { status } = PROBLEMS[error.code];
    // Turned away by the thousand, each is counted and nobody could read a line for each.
    if (status >= 500 && !(thrown instanceof TooManyWaiting)) this.report(thrown, error.code, request);
    if (reply.sent || reply.raw.headersSent) return;
    const headers = { ...error.headers, ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}) };
    void reply.code(status).headers({ 'x-request-id': request.id, ...headers });
    if (isNotification(request)) {
      void reply.type('application/json').send({ code: 'FAIL', message: error.message });
    } else {
      void reply.type('application/problem+json').send(problemOf(error, request.id));
    }
  }

  private report(thrown: unknown, code: ErrorCode, request: FastifyRequest): void {
    const event = code === 'service_unavailable' ? 'dependency_unavailable' : 'request_failed';
    this.log.error(event, { request_id: request.id, method: request.method, route: request.routeOptions.url, error: thrown });
  }
}

function isNotification(request: FastifyRequest): boolean {
  return request.method === 'POST' && request.routeOptions.url === WEBHOOK_PATH;
}

function apiErrorOf(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (isDatabaseOutage(thrown)) {
    return new ApiError('service_unavailable', 'The database cannot be reached just now: send the same request again.');
  }
  if (thrown instanceof TooManyWaiting) {
    return new ApiError('service_unavailable', 'More requests wait than can be served just now: send the same request again.');
  }
  const status = statusOf(thrown);
  return (status === undefined ? undefined : FRAMEWORK_REFUSALS[status]?.()) ?? internalError();
}

function internalError(): ApiError {
  return new ApiError('internal_error', 'Something went wrong on our side: send the same request again, and quote request_id if it stays.');
}

function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (typeof thrown !== 'object' || thrown === null || !('statusCode' in thrown)) return undefined;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}

/** What Fastify and Nest refuse by themselves, by their status: their own words may quote the request. */
const FRAMEWORK_REFUSALS: Readonly<Record<number, () => ApiError>> = {
  400: () => new ApiError('malformed_request', 'The request cannot be read: its address or its body is broken.'),
  404: () => new ApiError('not_found', 'There is nothing at this address: see /api/v1/docs.'),
  408: () => new ApiError('request_timeout', 'The request took too long to arrive.'),
  413: () => new ApiError('payload_too_large', 'The body is larger than 64 KiB.'),
  415: () => new ApiError('unsupported_media_type', 'Send the body as Content-Type: application/json, in UTF-8.'),
  503: () => new ApiError('service_unavailable', 'The service is stopping: send the same request again.'),
};
