import type { Log } from '../logging/log.js';
import { LakalaTrustSettings } from './lakala-trust.settings.js';
import { SettingsWatch } from './settings-watch.js';

/** The certificates that a process trusts, as `PlatformCertificates` of libs/lakala holds them. */
export interface TrustedCertificates {
  readonly all: readonly unknown[];
  /** Trusts those of the text, and none of before. Throws where the text is no good, and then nothing has changed. */
  replaceBy(pemText: string): void;
}

/** Takes up Lakala's certificates that were replaced in their file, without a restart. */
export class LakalaTrustWatch {
  private readonly watch: SettingsWatch<LakalaTrustSettings>;

  /** @param known what the process began with. */
  constructor(known: LakalaTrustSettings, certificates: TrustedCertificates, log: Log, environment?: NodeJS.ProcessEnv) {
    const takeUp = ({ platformCertificates }: LakalaTrustSettings) => {
      certificates.replaceBy(platformCertificates);
      log.info('platform_certificates_replaced', { count: certificates.all.length });
    };
    this.watch = new SettingsWatch(LakalaTrustSettings, known, takeUp, environment);
  }

  /** One look; resolves with 1 where the certificates were replaced, else 0. Rejects where the new ones are no good: the known ones stay. */
  runOnce(): Promise<number> {
    return this.watch.runOnce();
  }
}
