import { DatabaseSettings } from '#platform/configuration/database.settings.js';
import { HttpSettings } from '#platform/configuration/http.settings.js';
import { LakalaTrustSettings } from '#platform/configuration/lakala-trust.settings.js';
import { ProcessSettings } from '#platform/configuration/process.settings.js';
import { PublicAddressSettings } from '#platform/configuration/public-address.settings.js';
import { RedisSettings } from '#platform/configuration/redis.settings.js';
import { Group, Variable } from '#platform/configuration/variable.decorator.js';
import { TracingSettings } from '#platform/tracing/tracing.settings.js';
import { LakalaSettings } from './gateway/lakala.settings.js';

/** How long what only grows is kept. */
export class RetentionSettings {
  @Variable('STREAM_RETENTION_DAYS', {
    kind: 'integer',
    min: 7,
    max: 3650,
    default: 7,
    meaning: 'how long an entry stays on the result streams',
  })
  readonly streamDays: number;

  @Variable('EVENT_RETENTION_DAYS', {
    kind: 'integer',
    min: 30,
    max: 3650,
    default: 30,
    meaning: 'how long GET /events goes back',
  })
  readonly eventDays: number;

  @Variable('INBOX_RETENTION_DAYS', {
    kind: 'integer',
    min: 7,
    max: 3650,
    default: 90,
    meaning: "how long Lakala's notifications are kept once applied; the proof of an end is kept for ever",
  })
  readonly inboxDays: number;
}

/** Everything the processor may know. */
export class ProcessorConfiguration {
  @Group(DatabaseSettings) readonly database: DatabaseSettings;
  @Group(RedisSettings) readonly redis: RedisSettings;
  @Group(HttpSettings) readonly http: HttpSettings;
  @Group(ProcessSettings) readonly process: ProcessSettings;
  @Group(PublicAddressSettings) readonly publicAddress: PublicAddressSettings;
  @Group(LakalaTrustSettings) readonly trust: LakalaTrustSettings;
  @Group(LakalaSettings) readonly lakala: LakalaSettings;
  @Group(RetentionSettings) readonly retention: RetentionSettings;
  @Group(TracingSettings) readonly tracing: TracingSettings;
}
