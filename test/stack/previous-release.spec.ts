import { spawnSync } from 'node:child_process';
import { expectCommit, namedCommit } from './previous-release.ts';
import { ROOT } from './project.ts';
import { scratchFolder } from './scratch.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

test('the release before is named by one full hash', () => {
  expect(namedCommit(`# a note\n\n${COMMIT}\n`)).toBe(COMMIT);
  for (const text of ['', '# a note', 'b087cd2', `${COMMIT}\n${COMMIT}`]) expect(() => namedCommit(text)).toThrow('one commit by its full hash');
});

test('a folder without history and a clone that lacks the commit each say so in one sentence', () => {
  const folder = scratchFolder().subfolder('no-history');
  expect(() => expectCommit(folder, COMMIT)).toThrow('there is no Git history here: run this in a clone');
  expect(spawnSync('git', ['init', '--quiet', folder], { cwd: ROOT }).status).toBe(0);
  expect(() => expectCommit(folder, COMMIT)).toThrow('is not in this clone: fetch it');
});
