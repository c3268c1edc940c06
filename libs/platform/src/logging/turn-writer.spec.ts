import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../../../test/stack/project.ts';
import { TurnWriter } from './turn-writer.js';

function recorded() {
  const writes: string[] = [];
  return { writes, writer: new TurnWriter({ write: (lines) => void writes.push(lines) }) };
}

describe('the writer of a turn', () => {
  test('passes on the lines of one turn together, in their order, and those of the next one after it', async () => {
    const { writes, writer } = recorded();
    writer.write('one\n');
    writer.write('two\n');
    await nextTurn();
    writer.write('three\n');
    await nextTurn();
    await nextTurn();
    expect(writes).toEqual(['one\ntwo\n', 'three\n']);
  });

  test('passes on at once what it is told to, and nothing twice', async () => {
    const { writes, writer } = recorded();
    writer.write('one\n');
    writer.flush();
    expect(writes).toEqual(['one\n']);
    await nextTurn();
    expect(writes).toEqual(['one\n']);
  });

  test('holds back no more than a write takes', () => {
    const { writes, writer } = recorded();
    for (let line = 0; line < 1000; line += 1) writer.write(`${'x'.repeat(99)}\n`);
    expect(writes.join('').length).toBeGreaterThan(30_000);
  });
});

describe('standard output', () => {
  /** What a process has written when it has ended so. */
  function writtenBy(code: string): string[] {
    const log = pathToFileURL(join(ROOT, 'dist/libs/platform/src/logging/log.js')).href;
    const program = `import { createLog } from '${log}'; const log = createLog({ service: 'test', level: 'info' }); ${code}`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { event: string }).event);
  }

  test('has the last line before an exit', () => {
    expect(writtenBy(`log.info('begun'); log.info('ended'); process.exit(0);`)).toEqual(['begun', 'ended']);
  });

  test('has an error, and what came before it, though the process is killed in the same turn', () => {
    const killed = `process.kill(process.pid, 'SIGKILL'); for (;;);`;
    expect(writtenBy(`log.info('begun'); log.error('failed'); ${killed}`)).toEqual(['begun', 'failed']);
  });

  test('has all lines of the turns before, though the process is killed', () => {
    const killed = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5);`;
    expect(writtenBy(`log.info('begun'); ${killed}`)).toEqual(['begun']);
  });
});
