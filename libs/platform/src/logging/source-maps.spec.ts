import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../../../test/stack/project.ts';

const built = join(ROOT, 'dist/libs/platform/src');

function stackOf(thrower: string): string {
  const program = `
    import '${built}/logging/source-maps.js';
    try { ${thrower} } catch (error) { console.log(error.stack); }
  `;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: ROOT, encoding: 'utf8' });
}

it('stack traces name the lines of our sources', () => {
  const stack = stackOf(`(await import('${built}/redis/redis-url.js')).redisPlace('nothing');`);
  expect(stack).toContain('redis-url.ts:');
  expect(stack).not.toContain('redis-url.js:');
});

it('of packages no maps are read, though they bring some', () => {
  const stack = stackOf(`(await import('class-validator')).registerDecorator(null);`);
  expect(stack).toMatch(/class-validator.*\.js:/);
});
