import type { Operation } from './openapi-document.ts';

/** How often each call was answered with each status. */
export class Tally {
  readonly #counts = new Map<string, Map<number, number>>();
  total = 0;

  add(call: string, status: number): void {
    const ofCall = this.#counts.get(call) ?? new Map<number, number>();
    ofCall.set(status, (ofCall.get(status) ?? 0) + 1);
    this.#counts.set(call, ofCall);
    this.total += 1;
  }

  count(call: string, status: number): number {
    return this.#counts.get(call)?.get(status) ?? 0;
  }

  lines(): string[] {
    const width = Math.max(...[...this.#counts.keys()].map((call) => call.length));
    return [...this.#counts].sort().map(([call, statuses]) => {
      const parts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status} ×${count}`);
      return `  ${call.padEnd(width)}  ${parts.join('  ')}`;
    });
  }

  /** Documented answers that never came: what was then not looked at. A fuzzer cannot make the service fail. */
  unseen(operations: readonly Operation[]): string[] {
    return operations.flatMap((operation) =>
      Object.keys(operation.responses)
        .filter((status) => Number(status) < 500 && this.count(nameOf(operation), Number(status)) === 0)
        .map((status) => `${nameOf(operation)} ${status}`),
    );
  }
}

export function nameOf({ method, template }: Operation): string {
  return `${method} ${template}`;
}
