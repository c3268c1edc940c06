import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Scope } from '#domain/entities/api-key.entity.js';
import { ApiError } from '../http/problems.js';
import { notAllowed } from '../limits/caller-address.js';
import { RateLimits } from '../limits/rate-limits.js';
import { ApiKeys } from './api-keys.js';
import type { Caller } from './caller.js';
import { REQUIRED_SCOPE } from './require-scope.decorator.js';

// Ours have 47 characters; hashing whatever is sent would be work for nothing.
const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;

/** Decides who calls and whether they may, before any statement touches an order. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly reflector: Reflector,
    private readonly limits: RateLimits,
  ) {}

  /** Answers at once for a key that was found a moment ago: nearly every request has one. */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const scope = this.reflector.get<Scope | undefined>(REQUIRED_SCOPE, context.getHandler());
    if (scope === undefined) throw new Error(`${context.getHandler().name} has a key guard and no scope`);
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) throw unauthorized('Send your API key as Authorization: Bearer <key>.');
    const caller = this.keys.find(key);
    const reply = http.getResponse<FastifyReply>();
    if (caller instanceof Promise) return caller.then((found) => this.admit(request, reply, found, scope));
    return this.admit(request, reply, caller, scope);
  }

  /** What comes too often is refused before it is told what else is wrong with it. */
  private admit(request: FastifyRequest, reply: FastifyReply, caller: Caller | undefined, scope: Scope): true | Promise<true> {
    if (!caller) throw unauthorized('The API key is unknown, expired or revoked: ask for a new one.');
    request.caller = caller;
    const taken = this.limits.take('key', caller.keyId, reply);
    return taken ? taken.then(() => check(request, caller, scope)) : check(request, caller, scope);
  }
}

function check(request: FastifyRequest, caller: Caller, scope: Scope): true {
  if (caller.allowedIps?.has(request.ip) === false) throw notAllowed(request);
  if (!caller.scopes.includes(scope)) {
    throw new ApiError('insufficient_scope', `This needs a key with the scope ${scope}.`);
  }
  refuseOtherApps(request, caller);
  return true;
}

function unauthorized(detail: string): ApiError {
  return new ApiError('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer' } });
}

/** An `app_id` that is missing or malformed is the validation's affair: no request without a good one gets past it. */
function refuseOtherApps(request: FastifyRequest, caller: Caller): void {
  for (const part of [request.body, request.query]) {
    const appId: unknown = typeof part === 'object' && part !== null && 'app_id' in part ? part.app_id : undefined;
    if (typeof appId === 'string' && appId !== '' && appId !== caller.appId) {
      throw new ApiError('app_mismatch', 'The key belongs to another app than app_id names.');
    }
  }
}
