import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { AppLabels } from '#domain/apps/app-labels.js';
import { configurationModule } from '#platform/configuration/configuration.module.js';
import { loopsIndicator, postgresIndicator } from '#platform/health/health-indicator.js';
import { HealthModule } from '#platform/health/health.module.js';
import { Log } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { OrderTraces } from '#platform/tracing/order-traces.js';
import { BaseModule } from './base.module.js';
import { DecisionExecutor } from './decisions/decision-executor.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { LakalaKeyWatch } from './gateway/lakala-key-watch.js';
import type { Inquirer } from './leases/inquirer.js';
import { WorkInHand } from './leases/work-in-hand.js';
import { InboxReader } from './notifications/inbox-reader.js';
import { ProcessorConfiguration } from './processor.configuration.js';
import { LOOK_EVERY_MS, ProcessorLoops, RELAY_LOOP, type Background } from './processor.loops.js';
import { ProcessorRegister } from './processor-register.js';
import { RelayAlarm } from './relay-alarm.js';
import { EventRelay } from './relay/event-relay.js';
import { PartitionKeeper } from './relay/partition-keeper.js';
import { OrderSurvey } from './survey/order-survey.js';
import { StreamSurvey } from './survey/stream-survey.js';
import { Survey } from './survey/survey.js';
import { WorkSurvey } from './survey/work-survey.js';
import { PAYMENT_INQUIRER, REFUND_INQUIRER, WorkModule } from './work.module.js';

/** The token of the one list of everything that runs by itself. */
const BACKGROUND = Symbol('BACKGROUND');
const DAY_SECONDS = 86_400;
// A pass costs the same for one event as for ten, and nobody waits for less than this.
const RELAY_GATHERS_MS = 3;
const REGISTER_EVERY_MS = 2_000;
const KEYS_EVERY_MS = 10_000;
const PARTITION_LOOP = 'partition_keeper';
const PARTITIONS_EVERY_MS = 600_000;
const LABELS_LOOP = 'app_labels';
const LABELS_EVERY_MS = 60_000;
const SURVEY_LOOP = 'survey';
/** Their turns are further apart than health's limit. */
const SELDOM: readonly string[] = [PARTITION_LOOP, LABELS_LOOP, SURVEY_LOOP];

@Global()
@Module({
  imports: [WorkModule, GatewayModule],
  providers: [
    {
      provide: EventRelay,
      inject: [DataSource, Redis, Log, Metrics, ProcessorConfiguration, RelayAlarm, OrderTraces],
      useFactory: (
        dataSource: DataSource,
        redis: RedisClient,
        log: Log,
        metrics: Metrics,
        { retention }: ProcessorConfiguration,
        alarm: RelayAlarm,
        traces: OrderTraces,
      ) => {
        const relay = new EventRelay({ dataSource, redis, log, metrics, traces, retentionSeconds: retention.streamDays * DAY_SECONDS });
        // Whatever Redis lost while it was away is put back at once.
        redis.on('ready', () => {
          relay.lookSoon();
          alarm.ring();
        });
        return relay;
      },
    },
    {
      provide: PartitionKeeper,
      inject: [DataSource, Log, Metrics, ProcessorConfiguration],
      useFactory: (dataSource: DataSource, log: Log, metrics: Metrics, { retention }: ProcessorConfiguration) =>
        new PartitionKeeper({
          dataSource,
          log,
          metrics,
          eventDays: retention.eventDays,
          notificationDays: retention.inboxDays,
        }),
    },
    {
      provide: Survey,
      inject: [DataSource, Redis, Metrics, AppLabels, ProcessorRegister],
      useFactory: (dataSource: DataSource, redis: RedisClient, metrics: Metrics, labels: AppLabels, register: ProcessorRegister) =>
        new Survey(register, [
          new OrderSurvey(dataSource, labels, metrics),
          new WorkSurvey(dataSource, metrics),
          new StreamSurvey(dataSource, redis, metrics),
        ]),
    },
    {
      provide: BACKGROUND,
      inject: [PAYMENT_INQUIRER, REFUND_INQUIRER, InboxReader, DecisionExecutor, EventRelay, PartitionKeeper, ProcessorRegister, LakalaKeyWatch, Survey, AppLabels],
      useFactory: listBackground,
    },
    {
      provide: ProcessorLoops,
      inject: [BACKGROUND, ProcessorConfiguration, Log, Metrics, RelayAlarm, WorkInHand, ProcessorRegister],
      useFactory: (
        list: Background[],
        { redis }: ProcessorConfiguration,
        log: Log,
        metrics: Metrics,
        alarm: RelayAlarm,
        inHand: WorkInHand,
        register: ProcessorRegister,
      ) =>
        new ProcessorLoops(list, { redisUrl: redis.url, log, metrics }, alarm, async () => {
          await inHand.idle();
          await register.leave();
        }),
    },
  ],
  exports: [ProcessorLoops],
})
class LoopsModule {}

/** Everything that runs by itself. */
function listBackground(
  payments: Inquirer,
  refunds: Inquirer,
  inbox: InboxReader,
  decisions: DecisionExecutor,
  relay: EventRelay,
  partitions: PartitionKeeper,
  register: ProcessorRegister,
  keys: LakalaKeyWatch,
  survey: Survey,
  labels: AppLabels,
): Background[] {
  return [
    {
      name: 'payment_inquirer',
      idleMs: LOOK_EVERY_MS,
      runOnce: () => payments.runOnce(),
      wakeUps: { stream: 'payment_tasks', take: (ids) => payments.take(ids) },
    },
    {
      name: 'refund_inquirer',
      idleMs: LOOK_EVERY_MS,
      runOnce: () => refunds.runOnce(),
      wakeUps: { stream: 'refund_tasks', take: (ids) => refunds.take(ids) },
    },
    {
      name: 'inbox_reader',
      idleMs: LOOK_EVERY_MS,
      runOnce: () => inbox.runOnce(),
      wakeUps: { stream: 'notification_tasks', take: (ids) => inbox.take(ids) },
    },
    { name: 'decision_executor', idleMs: LOOK_EVERY_MS, runOnce: () => decisions.runOnce() },
    {
      name: RELAY_LOOP,
      idleMs: LOOK_EVERY_MS,
      restMs: () => relay.dueInMs,
      gatherMs: RELAY_GATHERS_MS,
      runOnce: () => relay.runOnce(),
    },
    { name: PARTITION_LOOP, idleMs: PARTITIONS_EVERY_MS, runOnce: () => partitions.runOnce() },
    { name: 'signing_key_watch', idleMs: KEYS_EVERY_MS, restMs: () => KEYS_EVERY_MS, runOnce: () => keys.runOnce() },
    { name: 'processor_register', idleMs: REGISTER_EVERY_MS, runOnce: () => register.runOnce() },
    { name: LABELS_LOOP, idleMs: LABELS_EVERY_MS, runOnce: () => labels.read().then(() => 0) },
    { name: SURVEY_LOOP, idleMs: LOOK_EVERY_MS, restMs: () => survey.restMs, runOnce: () => survey.runOnce() },
  ];
}

@Global()
@Module({})
class LogModule {}

/** The processor: everything that runs by itself, and health. */
@Module({})
export class ProcessorModule {
  static register(configuration: ProcessorConfiguration, log: Log): DynamicModule {
    return {
      module: ProcessorModule,
      imports: [
        { module: LogModule, providers: [{ provide: Log, useValue: log }], exports: [Log] },
        configurationModule(ProcessorConfiguration, () => configuration),
        BaseModule,
        LoopsModule,
        HealthModule.register({
          inject: [DataSource, ProcessorLoops],
          indicators: (dataSource: DataSource, { loops }: ProcessorLoops) => [
            postgresIndicator(dataSource),
            // Asked when health is, since the loops begin last.
            { name: 'loops', check: () => loopsIndicator(loops.filter(({ name }) => !SELDOM.includes(name))).check() },
          ],
        }),
      ],
    };
  }
}
