import { Module, type DynamicModule } from '@nestjs/common';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { configurationModule } from '#platform/configuration/configuration.module.js';
import { postgresIndicator, redisIndicator } from '#platform/health/health-indicator.js';
import { HealthModule } from '#platform/health/health.module.js';
import { Log } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { AcceptedOrders } from './accepted-orders.js';
import { ApiConfiguration } from './api.configuration.js';
import { ApiKeyGuard } from './auth/api-key.guard.js';
import { ApiKeys } from './auth/api-keys.js';
import { KeyExpiryWatch } from './auth/key-expiry-watch.js';
import { EventsController } from './events/events.controller.js';
import { RateLimits } from './limits/rate-limits.js';
import { PaymentOrders } from './payments/payment-orders.js';
import { PaymentOrdersController } from './payments/payment-orders.controller.js';
import { PaymentRows } from './payments/payment-rows.js';
import { RefundOrders } from './refunds/refund-orders.js';
import { RefundOrdersController } from './refunds/refund-orders.controller.js';
import { ResourcesModule, type ApiSurroundings } from './resources.module.js';
import { ReturnsController } from './returns/returns.controller.js';
import { LakalaWebhookController } from './webhook/lakala-webhook.controller.js';
import { NotificationInbox } from './webhook/notification-inbox.js';
import { SignatureWindow } from './webhook/signature-window.js';
import { TrustLoop } from './webhook/trust-loop.js';
import { WebhookJournal } from './webhook/webhook-journal.js';

@Module({
  controllers: [
    PaymentOrdersController,
    RefundOrdersController,
    EventsController,
    LakalaWebhookController,
    ReturnsController,
  ],
  providers: [
    ApiKeys,
    ApiKeyGuard,
    {
      provide: RateLimits,
      inject: [Redis, ApiConfiguration, Log, Metrics],
      useFactory: (redis: RedisClient, { limits }: ApiConfiguration, log: Log, metrics: Metrics) =>
        new RateLimits(redis, limits, log, metrics),
    },
    PaymentRows,
    PaymentOrders,
    RefundOrders,
    NotificationInbox,
    SignatureWindow,
    WebhookJournal,
    TrustLoop,
    AcceptedOrders,
    KeyExpiryWatch,
  ],
})
export class AppModule {
  static register(configuration: ApiConfiguration, surroundings: ApiSurroundings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        configurationModule(ApiConfiguration, () => configuration),
        ResourcesModule.register(surroundings),
        HealthModule.register({
          inject: [DataSource, Redis],
          // Orders are accepted without Redis, so its absence is no reason to send traffic elsewhere.
          indicators: (dataSource: DataSource, redis: RedisClient) => [
            postgresIndicator(dataSource),
            redisIndicator(redis, 'degraded'),
          ],
        }),
      ],
    };
  }
}
