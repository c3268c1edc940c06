import { cut } from './mutant.ts';
import { redOf, verdictOf, type JestReport } from './verdict.ts';

type Test = JestReport['testResults'][number]['assertionResults'][number];

const test = (fullName: string, status: string, message = ''): Test => ({ fullName, status, failureMessages: message ? [message] : [] });
const report = (tests: Test[], more: Partial<JestReport> = {}): JestReport => ({
  numRuntimeErrorTestSuites: 0,
  testResults: [{ name: 'a.spec.ts', message: '', assertionResults: tests }],
  ...more,
});

describe('a mutant', () => {
  it.each([
    ['an expectation', 'Error: expect(received).toEqual(expected)'],
    ['a wait for behaviour', 'Error: Waited 20000 ms in vain for order 1 to be succeeded; it is {}'],
    ['the time of a test', 'thrown: "Exceeded timeout of 60000 ms for a test.'],
    ['a statement that was to be refused', 'Error: loomi_api was allowed to: UPDATE payment_orders'],
  ])('is killed by %s', (_, message) => {
    const verdict = verdictOf(report([test('goes on', 'passed'), test('keeps it', 'failed', message), test('left out', 'pending')]));
    expect(verdict).toEqual({ outcome: 'killed', by: 'keeps it' });
  });

  it('survives where every test that ran passed', () => {
    expect(verdictOf(report([test('keeps it', 'passed'), test('left out', 'pending')]))).toEqual({ outcome: 'survived' });
  });

  it.each([
    ['whose spec cannot be loaded', report([], { numRuntimeErrorTestSuites: 1 })],
    ['that breaks one spec and fails another', report([test('keeps it', 'failed', 'expect(1)')], { numRuntimeErrorTestSuites: 1 })],
    ['that no test was run against', report([test('left out', 'pending')])],
    ['whose process does not start', report([test('keeps it', 'failed', 'Error: Waited 30000 ms in vain for api to be ready')])],
    ['whose process ends at once', report([test('keeps it', 'failed', 'Error: api ended (exit code 1) before it was ready')])],
    ['whose set-up hangs', report([test('keeps it', 'failed', 'Exceeded timeout of 60000 ms for a hook.')])],
    ['that only crashes', report([test('keeps it', 'failed', 'TypeError: x is not a function')])],
  ])('%s is an error, not a kill', (_, broken) => {
    expect(verdictOf(broken).outcome).toBe('error');
  });
});

it('a run with nothing removed is red by every test that failed and every spec that could not be run', () => {
  const { testResults } = report([test('a', 'failed', 'no'), test('b', 'passed')]);
  const unloaded = { name: 'b.spec.ts', message: 'broken', assertionResults: [] };
  expect(redOf({ numRuntimeErrorTestSuites: 1, testResults: [...testResults, unloaded] })).toEqual(['a: no', 'b.spec.ts: broken']);
});

it.each([
  ['is not there', 'c'],
  ['is there twice', 'a'],
  ['changes nothing', 'b'],
])('a cut of what %s does not apply', (_, find) => {
  expect(() => cut('aba', { file: 'f', find, replace: find })).toThrow(/^f/);
});
