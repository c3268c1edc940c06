import { Variable } from '#platform/configuration/variable.decorator.js';

/** Lakala's public demo account: it must never take real payments. */
const DEMO_APPID = 'OP00000003';
const DEMO_MERCHANTS = ['82229007392000A', '822290059430BFA', '8222900701106PZ', '822126090640003'];
const TEST_HOSTS = /^https:\/\/(test\.wsmsd\.cn|[^/]*sandbox[^/]*|localhost|127\.|\[::1\])/;

/** The account at Lakala and how it is called. Only the processor knows any of this. */
export class LakalaSettings {
  @Variable('LAKALA_BASE_URL', {
    kind: 'url',
    schemes: ['http', 'https'],
    meaning: "Lakala's address, without a path of its calls: https://s2.lakala.com in production",
    inProduction: {
      accepts: (value) => value.startsWith('https://') && !TEST_HOSTS.test(value),
      expected: 'an https address that is not a test system',
    },
  })
  readonly baseUrl: string;

  @Variable('LAKALA_APPID', {
    kind: 'string',
    meaning: 'our appid at Lakala',
    inProduction: { accepts: (value) => value !== DEMO_APPID, expected: 'not the public demo account' },
  })
  readonly appid: string;

  @Variable('LAKALA_SERIAL_NO', {
    kind: 'string',
    orFile: true,
    meaning: 'the serial Lakala issued for our certificate, as given',
  })
  readonly serialNo: string;

  @Variable('LAKALA_MERCHANT_NO', {
    kind: 'string',
    meaning: 'our merchant number, for apps without one of their own',
    inProduction: { accepts: (value) => !DEMO_MERCHANTS.includes(value), expected: 'not a public demo merchant' },
  })
  readonly merchantNo: string;

  @Variable('LAKALA_TERM_NO', { kind: 'string', meaning: 'our terminal number, for apps without one of their own' })
  readonly termNo: string;

  @Variable('LAKALA_PRIVATE_KEY', { kind: 'pem', block: 'PRIVATE KEY', meaning: 'the key we sign with, PEM' })
  readonly privateKey: string;

  @Variable('LAKALA_MERCHANT_CERT', {
    kind: 'pem',
    block: 'CERTIFICATE',
    optional: true,
    meaning: 'the certificate of that key, PEM; only to tell in time that it expires',
  })
  readonly merchantCertificate?: string;

  @Variable('LAKALA_REQUEST_IP', {
    kind: 'string',
    pattern: /^[0-9a-fA-F.:]{3,45}$/,
    expected: 'an IP address',
    meaning: "our address, as Lakala wants it in a refund's location_info",
  })
  readonly requestIp: string;

  // Lakala's own client libraries wait this long; a time-out proves nothing, so a longer one only costs a connection.
  @Variable('LAKALA_TIMEOUT_SECONDS', {
    kind: 'seconds',
    min: 1,
    max: 20,
    default: 10,
    meaning: 'how long a call to Lakala may take before its answer counts as lost',
  })
  readonly timeoutSeconds: number;

  @Variable('LAKALA_MAX_CALLS_PER_SECOND', {
    kind: 'integer',
    min: 1,
    max: 10_000,
    default: 100,
    meaning: 'calls to Lakala per second, all processors together',
  })
  readonly maxCallsPerSecond: number;

  @Variable('LAKALA_RESEND_REFUNDS', {
    kind: 'boolean',
    default: true,
    meaning: 'whether a refund that Lakala does not know may be sent again under the same number',
  })
  readonly resendRefunds: boolean;
}
