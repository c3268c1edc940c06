import { runAdmin } from './program.js';

async function run(env: NodeJS.ProcessEnv, ...args: string[]) {
  const ran = { code: -1, out: '', err: '' };
  ran.code = await runAdmin(args, {
    env,
    out: (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
  });
  return ran;
}

const UNREACHABLE = 'postgres://somebody:s3cret@127.0.0.1:1/nowhere';

test('a missing or bad setting is named in one line with exit code 2, its value never', async () => {
  const missing = await run({}, 'app', 'list');
  expect(missing).toMatchObject({ code: 2, out: '' });
  expect(missing.err).toMatch(/^error: [^\n]*DATABASE_URL is missing[^\n]*\n$/);
  const bad = await run({ DATABASE_URL: 'mysql://somebody:s3cret@x/y' }, 'app', 'list');
  expect(bad).toMatchObject({ code: 2, out: '' });
  expect(bad.err).toMatch(/^error: [^\n]*DATABASE_URL is not valid[^\n]*\n$/);
  expect(bad.err).not.toContain('s3cret');
});

test('a database that does not answer is said in one line with exit code 1, without its password', async () => {
  const { code, out, err } = await run({ DATABASE_URL: UNREACHABLE }, 'key', 'list', 'shop');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^error: [^\n]*ECONNREFUSED[^\n]*\n$/);
  expect(err).not.toContain('s3cret');
});

test('help is an answer, an unknown or missing command a wrong call', async () => {
  expect(await run({}, '--help')).toMatchObject({ code: 0, err: '' });
  expect(await run({}, 'key', 'issue', '--help')).toMatchObject({ code: 0, err: '' });
  expect(await run({}, 'pay')).toEqual({ code: 2, out: '', err: "error: unknown command 'pay'\n" });
  expect(await run({}, 'app')).toMatchObject({ code: 2, out: '' });
  expect(await run({}, 'app', 'create')).toEqual({ code: 2, out: '', err: "error: missing required argument 'app_id'\n" });
});

test('an operator without a readable name is a wrong call', async () => {
  expect(await run({ DATABASE_URL: UNREACHABLE }, 'app', 'create', 'x', '--operator', 'a\nb')).toMatchObject({ code: 2, out: '' });
});
