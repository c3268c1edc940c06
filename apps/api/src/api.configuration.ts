import { DatabaseSettings } from '#platform/configuration/database.settings.js';
import { HttpSettings } from '#platform/configuration/http.settings.js';
import { LakalaTrustSettings } from '#platform/configuration/lakala-trust.settings.js';
import { ProcessSettings } from '#platform/configuration/process.settings.js';
import { PublicAddressSettings } from '#platform/configuration/public-address.settings.js';
import { RedisSettings } from '#platform/configuration/redis.settings.js';
import { TracingSettings } from '#platform/tracing/tracing.settings.js';
import { Group, Variable } from '#platform/configuration/variable.decorator.js';
import { LimitSettings } from './limits/limit.settings.js';

/** What a notification must satisfy besides its signature. */
export class WebhookSettings {
  // Five minutes is said of Lakala unofficially; every delivery is signed afresh, so a short window costs nothing.
  @Variable('LAKALA_MAX_SKEW_SECONDS', {
    kind: 'seconds',
    min: 1,
    max: 86_400,
    default: 300,
    meaning: "how far the time in a notification's signature may be from ours",
  })
  readonly maxSkewSeconds: number;
}

/** Everything the API may know. No private key is in it, so none can leak from it. */
export class ApiConfiguration {
  @Group(DatabaseSettings) readonly database: DatabaseSettings;
  @Group(RedisSettings) readonly redis: RedisSettings;
  @Group(HttpSettings) readonly http: HttpSettings;
  @Group(ProcessSettings) readonly process: ProcessSettings;
  @Group(PublicAddressSettings) readonly publicAddress: PublicAddressSettings;
  @Group(LakalaTrustSettings) readonly trust: LakalaTrustSettings;
  @Group(WebhookSettings) readonly webhook: WebhookSettings;
  @Group(LimitSettings) readonly limits: LimitSettings;
  @Group(TracingSettings) readonly tracing: TracingSettings;
}
