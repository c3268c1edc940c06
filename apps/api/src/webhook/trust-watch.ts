import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { LakalaTrustSettings } from '#platform/configuration/lakala-trust.settings.js';
import { SettingsWatch } from '#platform/configuration/settings-watch.js';
import { Log } from '#platform/logging/log.js';
import { Loop } from '#platform/loop/loop.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { ApiConfiguration } from '../api.configuration.js';

const LOOK_EVERY_MS = 10_000;

/** Takes up Lakala's certificates that were replaced in their file, without a restart. */
@Injectable()
export class TrustWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;

  constructor({ trust }: ApiConfiguration, certificates: PlatformCertificates, log: Log, metrics: Metrics) {
    const watch = new SettingsWatch(LakalaTrustSettings, trust, ({ platformCertificates }) => {
      certificates.replaceBy(platformCertificates);
      log.info('platform_certificates_replaced', { count: certificates.all.length });
    });
    this.loop = new Loop({ name: 'trust_watch', idleMs: LOOK_EVERY_MS, restMs: () => LOOK_EVERY_MS, runOnce: () => watch.runOnce(), log, metrics });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
