const NAME_WIDTH = 12;

/** Prints a line a step: its name when it begins, its outcome and how long it took when it is done. */
export class Terminal {
  #openLine = false;

  constructor() {
    // A terminal that was closed, or a reader that left, must not keep us from stopping in order.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  }

  /** Runs one step; what it throws is the caller's to say. */
  async step<T>(name: string, work: () => Promise<T>, outcome: (result: T) => string): Promise<T> {
    const started = performance.now();
    this.#write(`  ${name.padEnd(NAME_WIDTH)} `);
    this.#openLine = true;
    const result = await work();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const text = `${outcome(result)} (${seconds} s)\n`;
    process.stdout.write(this.#openLine ? text : `  ${name.padEnd(NAME_WIDTH)} ${text}`);
    this.#openLine = false;
    return result;
  }

  say(line: string): void {
    this.#write(`${line}\n`);
  }

  /** For what went wrong. */
  complain(line: string): void {
    this.#closeLine();
    process.stderr.write(`${line}\n`);
  }

  #write(text: string): void {
    this.#closeLine();
    process.stdout.write(text);
  }

  #closeLine(): void {
    if (this.#openLine) process.stdout.write('...\n');
    this.#openLine = false;
  }
}

/** Shows what a program's line of output says, if it is about an error; null for all other lines. */
export function errorIn(line: string): string | null {
  const pinoError = 50;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null || !('level' in entry)) return null;
    const isError = entry.level === 'error' || entry.level === 'fatal' || Number(entry.level) >= pinoError;
    return isError ? line : null;
  } catch {
    // Not a log entry, so something that the logger did not see: worth a look.
    return line.trim() === '' ? null : line;
  }
}
