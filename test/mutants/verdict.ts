/** What we read of jest's report (`--json`). */
export interface JestReport {
  numRuntimeErrorTestSuites: number;
  testResults: readonly {
    name: string;
    message: string;
    assertionResults: readonly { fullName: string; status: string; failureMessages: readonly string[] }[];
  }[];
}

/** What became of a mutant. An error is no kill: nobody knows whether a test would have noticed. */
export type Verdict =
  | { outcome: 'killed'; by: string }
  | { outcome: 'survived' }
  | { outcome: 'error'; reason: string };

/** How a test says that the service behaved otherwise than promised. */
const BEHAVED_OTHERWISE = [
  /\bexpect\(/,
  /Waited \d+ ms in vain for (?!.* to be ready)/,
  /Exceeded timeout of [\d,]+ ms for a test/,
  // A statement that the database should have refused: guarded-books.ts.
  /was allowed to: /,
  // An answer that the OpenAPI document does not allow: documented-answers.ts.
  /the answer is not as documented: /,
  / answered \d{3}, which is not documented/,
];

/** Only a test that ran and found the behaviour changed kills a mutant. */
export function verdictOf({ numRuntimeErrorTestSuites, testResults }: JestReport): Verdict {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const unloaded = testResults.find(({ assertionResults }) => assertionResults.length === 0);
  if (numRuntimeErrorTestSuites > 0 || unloaded) {
    return { outcome: 'error', reason: `the spec could not be run: ${firstLines(unloaded?.message ?? '')}` };
  }
  const ran = tests.filter(({ status }) => status === 'passed' || status === 'failed');
  if (ran.length === 0) return { outcome: 'error', reason: 'no test has that name' };
  const failed = ran.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return { outcome: 'survived' };
  const killer = failed.find(({ failureMessages }) => failureMessages.some(saysBehaviour));
  if (killer) return { outcome: 'killed', by: killer.fullName };
  return { outcome: 'error', reason: `no promise was broken, but: ${firstLines(failed[0]?.failureMessages[0] ?? '')}` };
}

/** The tests of an unmutated run that failed, and the specs that could not be run. */
export function redOf({ testResults }: JestReport): string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    if (assertionResults.length === 0) return [`${name}: ${firstLines(message)}`];
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    return failed.map(({ fullName, failureMessages }) => `${fullName}: ${firstLines(failureMessages[0] ?? '')}`);
  });
}

function saysBehaviour(message: string): boolean {
  return BEHAVED_OTHERWISE.some((pattern) => pattern.test(message));
}

function firstLines(text: string): string {
  return text.trim().split('\n').slice(0, 4).join(' ').replace(/\s+/g, ' ').slice(0, 300);
}
