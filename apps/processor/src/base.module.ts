import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { AppLabels } from '#domain/apps/app-labels.js';
import { domainDataSource } from '#domain/entities/domain-data-source.js';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { Log } from '#platform/logging/log.js';
import { ManagementServer } from '#platform/metrics/management-server.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { openDataSource } from '#platform/postgres/open-data-source.js';
import { registerPoolGauges } from '#platform/postgres/pool-gauges.js';
import { registerRedisGauge } from '#platform/redis/redis-gauge.js';
import { createRedis, type RedisClient } from '#platform/redis/redis.js';
import { OrderTraces } from '#platform/tracing/order-traces.js';
import { ProcessorConfiguration } from './processor.configuration.js';

/** What everything else of the processor stands on: the connections and the metrics. */
@Global()
@Module({
  providers: [
    { provide: Metrics, useFactory: () => new Metrics() },
    {
      provide: DataSource,
      inject: [ProcessorConfiguration, Log, Metrics],
      useFactory: async ({ database }: ProcessorConfiguration, log: Log, metrics: Metrics) => {
        const dataSource = domainDataSource({ ...database, applicationName: 'loomi-processor', log });
        await openDataSource(dataSource);
        registerPoolGauges(metrics, dataSource, database.poolSize);
        return dataSource;
      },
    },
    {
      provide: Redis,
      inject: [ProcessorConfiguration, Log, Metrics],
      useFactory: ({ redis: { url } }: ProcessorConfiguration, log: Log, metrics: Metrics) => {
        const redis = createRedis(url, { name: 'processor', role: 'commands', log });
        registerRedisGauge(metrics, redis);
        return redis;
      },
    },
    { provide: AppLabels, inject: [DataSource], useFactory: (dataSource: DataSource) => new AppLabels(dataSource) },
    {
      provide: OrderTraces,
      inject: [ProcessorConfiguration],
      useFactory: ({ tracing }: ProcessorConfiguration) => new OrderTraces(tracing, 'loomi-processor'),
    },
    {
      provide: TaskPublisher,
      inject: [Redis, Log, Metrics],
      useFactory: (redis: RedisClient, log: Log, metrics: Metrics) => new TaskPublisher(redis, log, metrics),
    },
    {
      provide: ManagementServer,
      inject: [Metrics, ProcessorConfiguration, Log],
      useFactory: (metrics: Metrics, { http }: ProcessorConfiguration, log: Log) =>
        new ManagementServer(metrics, { port: http.managementPort }, log),
    },
  ],
  exports: [Metrics, OrderTraces, DataSource, Redis, AppLabels, TaskPublisher],
})
export class BaseModule implements OnApplicationShutdown {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Redis) private readonly redis: RedisClient,
    @Inject(OrderTraces) private readonly traces: OrderTraces,
  ) {}

  /** The last of the shutdown: the loops have ended before. */
  async onApplicationShutdown(): Promise<void> {
    this.redis.disconnect();
    await this.traces.close();
    await this.dataSource.destroy();
  }
}
