import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Networks } from '#platform/net/networks.js';
import type { Scope } from '#domain/entities/api-key.entity.js';

/** Whoever holds a good key: one app, and what the key may be used for. */
export interface Caller {
  readonly appId: string;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  /** From where the key may be used; undefined: from everywhere. */
  readonly allowedIps: Networks | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard, before anything else of the request is looked at. */
    caller?: Caller;
  }
}

/** The app that the request's key belongs to, and none other: what a handler may act for. */
export const CallerApp = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('a handler asks for the caller and has no key guard');
  return caller.appId;
});
