import { Variable } from './variable.decorator.js';

/** Lakala's `notify_url` and `callback_url` hold 128 characters; the longest path of ours below this address has 40. */
const MAX_LENGTH = 88;

/** How the outside reaches the API. */
export class PublicAddressSettings {
  @Variable('PUBLIC_BASE_URL', {
    kind: 'string',
    pattern: new RegExp(`^(?=.{1,${MAX_LENGTH}}$)https?://[^/?#\\s@]+(/[^?#\\s]*[^/?#\\s])?$`),
    expected: `an http(s) address without a slash at its end, at most ${MAX_LENGTH} characters`,
    meaning: 'how Lakala and payers reach the API',
    inProduction: { accepts: (value) => value.startsWith('https://'), expected: 'an https address' },
  })
  readonly publicBaseUrl: string;
}
