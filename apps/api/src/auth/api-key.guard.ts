import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '#domain/entities/api-key.entity.js';
import { ApiError } from '../http/problems.js';
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
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const scope = this.reflector.get<Scope | undefined>(REQUIRED_SCOPE, context.getHandler());
    if (scope === undefined) throw new Error(`${context.getHandler().name} has a key guard and no scope`);
    const caller = await this.authenticate(request.headers.authorization);
    request.caller = caller;
    if (!caller.scopes.includes(scope)) {
      throw new ApiError('insufficient_scope', `This needs a key with the scope ${scope}.`);
    }
    refuseOtherApps(request, caller);
    return true;
  }

  private async authenticate(authorization: string | undefined): Promise<Caller> {
    const key = BEARER.exec(authorization ?? '')?.[1];
    const caller = key === undefined ? undefined : await this.keys.find(key);
    if (caller) return caller;
    const detail =
      key === undefined
        ? 'Send your API key as Authorization: Bearer <key>.'
        : 'The API key is unknown, expired or revoked: ask for a new one.';
    throw new ApiError('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer' } });
  }
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
