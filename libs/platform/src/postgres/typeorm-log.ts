import type { Logger } from 'typeorm';
import type { Log } from '../logging/log.js';

/** Passes TypeORM's warnings and migrations to our log, and never a query or its parameters: they hold apps' data. */
export class TypeormLog implements Logger {
  constructor(private readonly destination: Log) {}

  logQuery(): void {
    // Statements are traced by their spans and counted by PostgreSQL, not logged.
  }

  logQueryError(error: string | Error): void {
    // Whoever ran the query gets the error too and decides what it means: a unique key's refusal is often the plan.
    this.destination.debug('query_failed', error instanceof Error ? { error } : { message: error });
  }

  logQuerySlow(durationMs: number): void {
    this.destination.warn('query_slow', { duration_ms: durationMs });
  }

  logSchemaBuild(message: string): void {
    this.destination.debug('typeorm', { message });
  }

  logMigration(message: string): void {
    this.destination.info('migration', { message });
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    this.destination.write(level === 'warn' ? 'warn' : 'debug', 'typeorm', { message: String(message) });
  }
}
