import { createHash, createPublicKey } from 'node:crypto';
import type { PlatformCertificates } from '#lakala/platform-certificates.js';
import { parsePrivateKey } from '#lakala/request-signer.js';
import { LakalaTrustWatch } from '#platform/configuration/lakala-trust-watch.js';
import type { LakalaTrustSettings } from '#platform/configuration/lakala-trust.settings.js';
import { SettingsWatch } from '#platform/configuration/settings-watch.js';
import type { Log } from '#platform/logging/log.js';
import type { WatchedCertificate } from '#platform/metrics/certificate-gauge.js';
import type { LakalaClient } from './lakala-client.js';
import { LakalaSettings } from './lakala.settings.js';
import { ownCertificate } from './watched-certificates.js';

/** What the process began with. */
interface Known {
  lakala: LakalaSettings;
  trust: LakalaTrustSettings;
}

/**
 * Takes up keys and certificates that were replaced in their files, without a restart. Key and serial belong together:
 * while only one of the two is new, Lakala refuses what is signed, which proves nothing of any order and is tried again.
 */
export class LakalaKeyWatch {
  private readonly signing: SettingsWatch<LakalaSettings>;
  private readonly trusted: LakalaTrustWatch;
  private own: readonly WatchedCertificate[];

  constructor(
    { lakala, trust }: Known,
    client: LakalaClient,
    private readonly trustedNow: PlatformCertificates,
    log: Log,
    environment?: NodeJS.ProcessEnv,
  ) {
    this.own = ownCertificate(lakala, log);
    this.signing = new SettingsWatch(
      LakalaSettings,
      lakala,
      (changed) => {
        const { privateKey, serialNo } = changed;
        const key = parsePrivateKey(privateKey);
        client.signBy({ privateKey: key, serialNo });
        this.own = ownCertificate(changed, log);
        log.info('signing_key_replaced', { name: fingerprintOf(privateKey) });
      },
      environment,
    );
    this.trusted = new LakalaTrustWatch(trust, trustedNow, log, environment);
  }

  /** Lakala's and ours, as they are in use now. */
  get certificates(): WatchedCertificate[] {
    return [...this.trustedNow.all.map(({ serial, validTo }) => ({ owner: 'lakala' as const, serial, validTo })), ...this.own];
  }

  /** One look; resolves with how much had changed. Rejects where a new file is no good: what is known stays in use. */
  async runOnce(): Promise<number> {
    return (await this.signing.runOnce()) + (await this.trusted.runOnce());
  }
}

/** SHA-256 of the public half, by which it can be told which key it is. */
function fingerprintOf(privateKey: string): string {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(publicKey).digest('hex');
}
