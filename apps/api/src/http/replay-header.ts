import type { FastifyReply } from 'fastify';

/** Says on the answer that an earlier request had made what it shows. */
export function markReplay(reply: FastifyReply, replayed: boolean): void {
  if (replayed) void reply.header('idempotency-replayed', 'true');
}
