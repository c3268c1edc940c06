import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import supertest from 'supertest';
import { SCOPES, type Scope } from '#domain/entities/api-key.entity.js';
import { issueKey } from '#domain/keys/api-key.js';
import { Clock } from '#platform/clock/clock.js';
import { loadConfiguration } from '#platform/configuration/load-configuration.js';
import { createLog } from '#platform/logging/log.js';
import { testPlatformPem } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../test/stack/databases.ts';
import { ApiConfiguration } from '../src/api.configuration.js';
import { createApi } from '../src/create-api.js';
import { openApiDocument } from '../src/openapi/document.js';
import { DocumentedAnswers, type Answer } from './documented-answers.js';

/** A clock that a test sets. */
export class SetClock extends Clock {
  at = Date.now();

  override nowMs(): number {
    return this.at;
  }
}

export interface Call {
  readonly key?: string;
  readonly body?: unknown;
  /** Sent as it is, whatever it is. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  /** Made and dropped by the test, where it needs to be there first. */
  readonly database?: TestDatabase;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
}

/** A running API on a database of its own, under the rights of its own role, with every answer checked by the document. */
export class ApiUnderTest {
  readonly clock = new SetClock();
  readonly logLines: string[] = [];
  private readonly answers: DocumentedAnswers;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly database: TestDatabase,
    readonly owner: pg.Pool,
  ) {
    this.answers = new DocumentedAnswers(openApiDocument(app));
  }

  static async start({ env = {}, database: given, databaseUrl, redisUrl }: Options = {}): Promise<ApiUnderTest> {
    const database = given ? { url: given.url, drop: () => Promise.resolve() } : await createTestDatabase();
    const configuration = loadConfiguration(ApiConfiguration, {
      DATABASE_URL: databaseUrl ?? urlForRole(database.url, 'loomi_api'),
      REDIS_URL: redisUrl ?? process.env.TEST_REDIS_URL,
      MANAGEMENT_PORT: '0',
      PUBLIC_BASE_URL: 'http://pay.test',
      LAKALA_PLATFORM_CERT: testPlatformPem,
      ...env,
    });
    const lines: string[] = [];
    const clock = new SetClock();
    const log = createLog({ service: 'api', level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
    const app = await createApi(configuration, { log, clock });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const owner = new pg.Pool({ connectionString: database.url, max: 4 });
    // A database that is dropped ends its connections.
    owner.on('error', () => undefined);
    const api = new ApiUnderTest(app, `http://127.0.0.1:${port}`, database, owner);
    return Object.assign(api, { clock, logLines: lines });
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.owner.end();
    await this.database.drop();
  }

  /** A new app, and a key of it. */
  async newApp(scopes: readonly Scope[] = SCOPES): Promise<{ appId: string; key: string; keyId: string }> {
    const appId = `app-${randomUUID().slice(0, 8)}`;
    await this.owner.query('INSERT INTO apps (app_id) VALUES ($1)', [appId]);
    return { appId, ...(await this.newKey(appId, scopes)) };
  }

  async newKey(appId: string, scopes: readonly Scope[] = SCOPES): Promise<{ key: string; keyId: string }> {
    const { key, hash, hint } = issueKey();
    const keyId = randomUUID();
    await this.owner.query('INSERT INTO api_keys (id, app_id, hint, key_hash, scopes) VALUES ($1, $2, $3, $4, $5)', [
      keyId,
      appId,
      hint,
      hash,
      scopes,
    ]);
    return { key, keyId };
  }

  async get(path: string, call: Call = {}): Promise<Answer> {
    return this.send('GET', path, call);
  }

  async post(path: string, call: Call = {}): Promise<Answer> {
    return this.send('POST', path, call);
  }

  async send(method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS', path: string, call: Call): Promise<Answer> {
    const lowerCase = method.toLowerCase() as Lowercase<typeof method>;
    let request = supertest(this.url)[lowerCase](path).redirects(0);
    if (call.key !== undefined) request = request.set('authorization', `Bearer ${call.key}`);
    if (call.body !== undefined || call.raw !== undefined) request = request.set('content-type', 'application/json');
    for (const [name, value] of Object.entries(call.headers ?? {})) request = request.set(name, value);
    const body = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
    // supertest would write bytes as JSON by their content type.
    const answer = await (body === undefined ? request : request.serialize(() => body as string).send(body as string));
    this.answers.check(method, path, answer);
    return answer;
  }
}
