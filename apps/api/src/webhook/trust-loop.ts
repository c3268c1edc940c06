import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { LakalaTrustWatch } from '#platform/configuration/lakala-trust-watch.js';
import { Log } from '#platform/logging/log.js';
import { Loop } from '#platform/loop/loop.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { ApiConfiguration } from '../api.configuration.js';

const LOOK_EVERY_MS = 10_000;

/** Looks every ten seconds whether Lakala's certificates were replaced. */
@Injectable()
export class TrustLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;

  constructor({ trust }: ApiConfiguration, certificates: PlatformCertificates, log: Log, metrics: Metrics) {
    const watch = new LakalaTrustWatch(trust, certificates, log);
    this.loop = new Loop({ name: 'trust_watch', idleMs: LOOK_EVERY_MS, restMs: () => LOOK_EVERY_MS, runOnce: () => watch.runOnce(), log, metrics });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
