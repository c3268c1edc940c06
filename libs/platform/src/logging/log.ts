import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { logContext } from './log-context.js';
import type { LogFields } from './log-fields.js';
import { declaredFields } from './log-values.js';
import { scrub } from './scrub.js';
import { TurnWriter } from './turn-writer.js';

/** The levels of a line, from the least severe. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** The level of a line. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What {@link createLog} needs to know. */
export interface LogOptions {
  /** Which process writes: `api`, `processor`, `admin`. */
  readonly service: string;
  readonly level: LogLevel;
  /** Where each line goes at once; standard output when left out, once a turn of the event loop, with an error at once. */
  readonly destination?: DestinationStream;
}

/**
 * One JSON line an event, named in snake_case past tense (`order_created`). Only the fields of `LOG_FIELDS` get out;
 * the names of others are listed under `dropped`. Abstract, so that it is its own injection token.
 */
export abstract class Log {
  abstract write(level: LogLevel, event: string, fields?: LogFields): void;

  debug(event: string, fields?: LogFields): void {
    this.write('debug', event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.write('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.write('warn', event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.write('error', event, fields);
  }
}

class PinoLog extends Log {
  /** @param flush passes on the lines that wait to be written. */
  constructor(
    private readonly lines: Logger,
    private readonly flush: () => void,
  ) {
    super();
  }

  override write(level: LogLevel, event: string, fields: LogFields = {}): void {
    if (!this.lines.isLevelEnabled(level)) return;
    this.lines[level](declaredFields({ ...logContext(), ...fields }), scrub(event, 100));
    // What goes wrong may be the last thing that happens.
    if (level === 'error') this.flush();
  }
}

/** The log of a process, written by pino; there is no way past the fields' allow-list to the pino inside. */
export function createLog({ service, level, destination }: LogOptions): Log {
  const options: LoggerOptions = {
    level,
    base: { service },
    messageKey: 'event',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (destination) return new PinoLog(pino(options, destination), () => undefined);
  // Synchronous, so that the last line before an exit is not lost.
  const output = new TurnWriter(pino.destination({ dest: 1, sync: true }));
  process.once('exit', () => output.flush());
  return new PinoLog(pino(options, output), () => output.flush());
}

/** A log that writes nothing, for tools and tests that have nowhere to write. */
export class SilentLog extends Log {
  override write(): void {
    // Silence is the purpose.
  }
}
