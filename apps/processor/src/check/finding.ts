/** What was looked at, and what was found: `warn` works today and will not for long. */
export interface Finding {
  readonly check: string;
  readonly outcome: 'ok' | 'warn' | 'failed';
  readonly detail: string;
}

/** Looks at one thing; what it throws is a failure of that one. */
export async function looked(check: string, look: () => Promise<readonly Finding[]> | readonly Finding[]): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [{ check, outcome: 'failed', detail: error instanceof Error ? error.message : String(error) }];
  }
}

/** For people: one line each. */
export function shown(findings: readonly Finding[]): string {
  return findings.map(({ check, outcome, detail }) => `${outcome.padEnd(6)}  ${check.padEnd(20)}  ${detail}\n`).join('');
}

/** What is found of a server: a failure where its major version is below the oldest that will do. */
export function judgedByAge(check: string, version: string, oldest: number, detail: string): Finding {
  const isOld = Number.parseInt(version, 10) < oldest;
  return { check, outcome: isOld ? 'failed' : 'ok', detail: isOld ? `${detail}: too old, ${oldest} is the oldest that will do` : detail };
}
