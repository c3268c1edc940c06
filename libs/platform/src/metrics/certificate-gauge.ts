import type { Metrics } from './metrics.js';

const DAY_MS = 86_400_000;

/** What {@link registerCertificateGauge} needs to know of a certificate. */
export interface WatchedCertificate {
  /** Whose key it is of. */
  readonly owner: 'lakala' | 'ours';
  /** Hex. */
  readonly serial: string;
  readonly validTo: Date;
}

/** Asks at each scrape which certificates there are, and shows how many days each certificate is valid for; below zero once it is not. */
export function registerCertificateGauge(metrics: Metrics, certificates: () => readonly WatchedCertificate[]): void {
  metrics.gauge('loomi_certificate_days_left', 'Days until a certificate expires', ['owner', 'serial'], (gauge) => {
    // One that was replaced is shown no more.
    gauge.reset();
    for (const { owner, serial, validTo } of certificates()) {
      gauge.set({ owner, serial }, (validTo.getTime() - Date.now()) / DAY_MS);
    }
  });
}
