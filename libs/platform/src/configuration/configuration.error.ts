/** One thing wrong with one variable: its name, what is the matter, and what would be right. Never its value. */
export interface ConfigurationProblem {
  readonly variable: string;
  readonly complaint: string;
  readonly expected: string;
}

/** Thrown when the process cannot start: its message lists every bad variable by name and contains no value of any. */
export class ConfigurationError extends Error {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map(({ variable, complaint, expected }) => `  ${variable} ${complaint}: expected ${expected}`);
    super(['The configuration cannot be used:', ...new Set(lines)].join('\n'));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}
