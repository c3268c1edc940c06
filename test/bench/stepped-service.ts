import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { SCOPES } from '#domain/entities/api-key.entity.js';
import { issueKey } from '#domain/keys/api-key.js';
import { loadConfiguration } from '#platform/configuration/load-configuration.js';
import { SilentLog } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { v7 as uuidv7 } from 'uuid';
import { ApiConfiguration } from '../../apps/api/src/api.configuration.js';
import { createApi } from '../../apps/api/src/create-api.js';
import { GatewayBudget } from '../../apps/processor/src/gateway/gateway-budget.js';
import { WorkInHand } from '../../apps/processor/src/leases/work-in-hand.js';
import { InboxReader } from '../../apps/processor/src/notifications/inbox-reader.js';
import { ProcessorConfiguration } from '../../apps/processor/src/processor.configuration.js';
import { ProcessorModule } from '../../apps/processor/src/processor.module.js';
import { ProcessorRegister } from '../../apps/processor/src/processor-register.js';
import { EventRelay } from '../../apps/processor/src/relay/event-relay.js';
import { PAYMENT_INQUIRER } from '../../apps/processor/src/work.module.js';
import { AppClient } from '../e2e/app-client.ts';
import { startSandbox } from '../lakala-sandbox/server.ts';
import { createTestDatabase, urlForRole } from '../stack/databases.ts';
import { freePort } from '../stack/free-port.ts';
import { addressOf, sandboxAccount } from '../stack/programs.ts';
import { startRedis } from '../stack/redis.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { until } from '../stack/until.ts';
import { StatementCounter } from './statement-counter.ts';

const APP_ID = 'shop';
const BUDGET_MS = 5_000;
/** The first look is in the warm-up, and no other: what it costs each second is no cost of an order. */
const LOOK_EVERY_MS = 3_600_000;
const log = new SilentLog();

interface Pass {
  runOnce(): Promise<number>;
}

/** Both deployables in this process, in their own wiring, with loops that stand still: each pass is asked for. */
export interface SteppedService {
  app: AppClient;
  /** The owner's connection. */
  books: pg.Pool;
  /** Renews the processor's share of Lakala's budget, which lasts for seconds; resolves once a create could go out. */
  renewBudget(): Promise<void>;
  /** Statements so far, by who sent them. */
  statements(): { api: number; processor: number };
  /** Orders that are due, worked on to the end. */
  workPayments(): Promise<void>;
  /** Notifications that came. */
  readInbox(): Promise<void>;
  /** Events to the streams, by a relay of the same make that takes no look. */
  relay(): Promise<void>;
  close(): Promise<void>;
}

export async function startSteppedService(): Promise<SteppedService> {
  const folder = scratchFolder().subfolder('sandbox');
  const [database, redis, sandbox, port] = await Promise.all([
    createTestDatabase(),
    startRedis({ dir: scratchFolder().subfolder('redis') }),
    startSandbox({ dir: folder, port: 0, host: '127.0.0.1' }),
    freePort(),
  ]);
  const [apiLine, processorLine] = await Promise.all([
    StatementCounter.before(urlForRole(database.url, 'loomi_api')),
    StatementCounter.before(urlForRole(database.url, 'loomi_processor')),
  ]);
  const env = {
    ...sandboxAccount(folder, Number(new URL(sandbox.url).port)),
    REDIS_URL: redis.url,
    PUBLIC_BASE_URL: addressOf(port),
    MANAGEMENT_PORT: '0',
    // One connection each: how often a pool greets a new one is no cost of an order.
    DATABASE_POOL_SIZE: '1',
    // The same number, and the line that counts them hears what each is.
    DATABASE_PREPARED_STATEMENTS: 'false',
  };
  const api = await startApi({ ...env, DATABASE_URL: apiLine.url }, port);
  const processor = await openProcessor({ ...env, DATABASE_URL: processorLine.url });
  const books = new pg.Pool({ connectionString: database.url, max: 1 });
  const relay = relayOf(processor);
  const pass = (part: Parameters<typeof processor.get>[0]): Pass => processor.get<Pass>(part, { strict: false });
  const step = async (part: Parameters<typeof processor.get>[0]): Promise<void> => {
    await pass(part).runOnce();
    await processor.get(WorkInHand, { strict: false }).idle();
  };
  return {
    app: new AppClient(addressOf(port), APP_ID, await newKey(books)),
    books,
    statements: () => ({ api: apiLine.count, processor: processorLine.count }),
    renewBudget: async () => {
      await step(ProcessorRegister);
      const budget = processor.get(GatewayBudget, { strict: false });
      await until('room for a create', BUDGET_MS, () => Promise.resolve(budget.createRoom() > 0));
    },
    workPayments: () => step(PAYMENT_INQUIRER),
    readInbox: () => step(InboxReader),
    relay: async () => void (await relay.runOnce()),
    close: async () => {
      await Promise.all([api.close(), processor.close(), sandbox.close()]);
      await books.end();
      await Promise.all([apiLine.close(), processorLine.close(), redis.stop()]);
      await database.drop();
    },
  };
}

async function startApi(env: NodeJS.ProcessEnv, port: number): Promise<NestFastifyApplication> {
  const api = await createApi(loadConfiguration(ApiConfiguration, env), { log });
  await api.listen(port, '127.0.0.1');
  return api;
}

/** Not initialised: that would start the loops. */
async function openProcessor(env: NodeJS.ProcessEnv): Promise<NestFastifyApplication> {
  const configuration = loadConfiguration(ProcessorConfiguration, env);
  return NestFactory.create<NestFastifyApplication>(ProcessorModule.register(configuration, log), new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
}

function relayOf(processor: NestFastifyApplication): EventRelay {
  return new EventRelay({
    dataSource: processor.get(DataSource, { strict: false }),
    redis: processor.get(Redis, { strict: false }),
    log,
    metrics: processor.get(Metrics, { strict: false }),
    lookEveryMs: LOOK_EVERY_MS,
  });
}

async function newKey(books: pg.Pool): Promise<string> {
  const { key, hash, hint } = issueKey();
  await books.query('INSERT INTO apps (app_id) VALUES ($1)', [APP_ID]);
  await books.query('INSERT INTO api_keys (id, app_id, hint, key_hash, scopes) VALUES ($1, $2, $3, $4, $5)', [uuidv7(), APP_ID, hint, hash, SCOPES]);
  return key;
}
