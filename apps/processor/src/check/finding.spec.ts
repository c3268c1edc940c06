import { judgedByAge } from './finding.js';

test.each([
  ['6.2.14', 'failed', 'here: too old, 7 is the oldest that will do'],
  ['7.0.15', 'ok', 'here'],
  ['10.1', 'ok', 'here'],
])('a server of version %s is %s where 7 is the oldest', (version, outcome, detail) => {
  expect(judgedByAge('Redis', version, 7, 'here')).toEqual({ check: 'Redis', outcome, detail });
});
