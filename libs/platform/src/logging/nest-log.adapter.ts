import type { LoggerService } from '@nestjs/common';
import type { LogFields } from './log-fields.js';
import type { Log, LogLevel } from './log.js';

/**
 * Lets Nest write its own messages to the same log, as event `nest` with `context` and `message`. An Error becomes
 * the field `error`; of any other object only its class is named, since Nest may be handed a whole body.
 */
export class NestLogAdapter implements LoggerService {
  constructor(private readonly destination: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.pass('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.pass('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.pass('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.pass('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.pass('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.pass('debug', message, rest);
  }

  private pass(level: LogLevel, message: unknown, rest: readonly unknown[]): void {
    // Nest puts the context last, and before it a stack or an error where there is one.
    const context = rest.length > 0 && typeof rest.at(-1) === 'string' ? contextName(rest.at(-1) as string) : undefined;
    const error = [message, ...rest].find((part) => part instanceof Error);
    this.destination.write(level, 'nest', { ...described(message), context, error });
  }
}

function described(message: unknown): LogFields {
  if (message instanceof Error) return {};
  if (typeof message === 'object' && message !== null) return { message: `an object of ${message.constructor?.name ?? 'no class'}` };
  return { message: String(message) };
}

function contextName(text: string): string | undefined {
  // A stack stands in the context's place when Nest knows no context.
  return /^[\w.]{1,64}$/.test(text) ? text : undefined;
}
