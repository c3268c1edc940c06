import { Variable } from './variable.decorator.js';

/** Whose signatures count as Lakala's. */
export class LakalaTrustSettings {
  @Variable('LAKALA_PLATFORM_CERT', {
    kind: 'pem',
    block: 'CERTIFICATE',
    meaning: "Lakala's platform certificate, PEM; several one after the other during a rollover",
  })
  readonly platformCertificates: string;
}
