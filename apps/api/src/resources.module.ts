import { Global, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { AppLabels } from '#domain/apps/app-labels.js';
import { domainDataSource } from '#domain/entities/domain-data-source.js';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { Clock, SystemClock } from '#platform/clock/clock.js';
import { Log } from '#platform/logging/log.js';
import { registerCertificateGauge } from '#platform/metrics/certificate-gauge.js';
import { ManagementServer } from '#platform/metrics/management-server.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { registerPoolGauges } from '#platform/postgres/pool-gauges.js';
import { registerRedisGauge } from '#platform/redis/redis-gauge.js';
import { createRedis, type RedisClient } from '#platform/redis/redis.js';
import { OrderTraces } from '#platform/tracing/order-traces.js';
import { ApiConfiguration } from './api.configuration.js';
import { DatabaseConnection } from './database-connection.js';

const NAME = 'loomi-api';

/** What comes from the outside; tests hand in their own. */
export interface ApiSurroundings {
  readonly log: Log;
  readonly clock?: Clock;
}

class RedisConnection implements OnApplicationShutdown {
  constructor(private readonly redis: RedisClient) {}

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

class LastTraces implements OnApplicationShutdown {
  constructor(private readonly traces: OrderTraces) {}

  async onApplicationShutdown(): Promise<void> {
    await this.traces.close();
  }
}

/** What every part of the API works with: the log, the clock, PostgreSQL and Redis, opened and closed with the process. */
@Global()
@Module({})
export class ResourcesModule {
  static register({ log, clock = new SystemClock() }: ApiSurroundings): DynamicModule {
    const providers = [
      { provide: Log, useValue: log },
      { provide: Clock, useValue: clock },
      { provide: Metrics, useFactory: () => new Metrics() },
      {
        provide: DataSource,
        inject: [ApiConfiguration, Metrics],
        useFactory: ({ database }: ApiConfiguration, metrics: Metrics) => {
          const dataSource = domainDataSource({ ...database, applicationName: NAME, log });
          registerPoolGauges(metrics, dataSource, database.poolSize);
          return dataSource;
        },
      },
      { provide: AppLabels, inject: [DataSource], useFactory: (dataSource: DataSource) => new AppLabels(dataSource) },
      {
        provide: Redis,
        inject: [ApiConfiguration, Metrics],
        useFactory: ({ redis: { url } }: ApiConfiguration, metrics: Metrics) => {
          const redis = createRedis(url, { name: NAME, role: 'commands', log });
          registerRedisGauge(metrics, redis);
          return redis;
        },
      },
      {
        provide: TaskPublisher,
        inject: [Redis, Metrics],
        useFactory: (redis: RedisClient, metrics: Metrics) => new TaskPublisher(redis, log, metrics),
      },
      {
        provide: OrderTraces,
        inject: [ApiConfiguration],
        useFactory: ({ tracing }: ApiConfiguration) => new OrderTraces(tracing, NAME),
      },
      {
        provide: PlatformCertificates,
        inject: [ApiConfiguration, Metrics],
        useFactory: ({ trust }: ApiConfiguration, metrics: Metrics) => {
          const certificates = PlatformCertificates.fromPem(trust.platformCertificates);
          registerCertificateGauge(metrics, () => certificates.all.map(({ serial, validTo }) => ({ owner: 'lakala' as const, serial, validTo })));
          return certificates;
        },
      },
    ];
    const lifecycles = [
      DatabaseConnection,
      { provide: LastTraces, inject: [OrderTraces], useFactory: (traces: OrderTraces) => new LastTraces(traces) },
      { provide: RedisConnection, inject: [Redis], useFactory: (redis: RedisClient) => new RedisConnection(redis) },
      {
        provide: ManagementServer,
        inject: [Metrics, ApiConfiguration],
        useFactory: (metrics: Metrics, { http }: ApiConfiguration) =>
          new ManagementServer(metrics, { port: http.managementPort }, log),
      },
    ];
    return { module: ResourcesModule, providers: [...providers, ...lifecycles], exports: providers.map(({ provide }) => provide) };
  }
}
