import type { DestinationStream } from 'pino';

/** More would be held back for nothing: a write of so much costs more than its system call. */
const MOST_CHARACTERS = 64 * 1024;

/**
 * Passes on all lines of one turn of the event loop in one write: a busy process answers many requests in a turn, and a
 * system call for each one's line is half of what it costs. A process that is killed loses the lines of one turn at most.
 */
export class TurnWriter implements DestinationStream {
  private waiting = '';

  constructor(private readonly destination: DestinationStream) {}

  write(line: string): void {
    if (this.waiting === '') setImmediate(() => this.flush());
    this.waiting += line;
    if (this.waiting.length > MOST_CHARACTERS) this.flush();
  }

  /** Passes on what waits, now. */
  flush(): void {
    const lines = this.waiting;
    this.waiting = '';
    if (lines !== '') this.destination.write(lines);
  }
}
