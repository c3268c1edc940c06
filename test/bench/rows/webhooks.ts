import { withBestControl } from '../control-server.ts';
import type { Requests, Span } from '../load/jobs.ts';
import { platformCertificateFile, platformKeyFile, rateOf, spanOf, TRIAL_SPAN, trialRateOf } from '../loads.ts';
import { API_ALONE, type Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import type { Workplace } from '../workplace.ts';
import { POOL_SIZES } from './create.ts';

const NAME = 'webhooks';
/** Signing takes longer than verifying. Who is faster has used them up before the time is over, which ends the measurement. */
const SIGNED_PER_SECOND = 3_000;

export const WEBHOOKS: Row = {
  name: NAME,
  compares: 'notifications verified and kept a second : the same by bare Fastify with RSA verify and one prepared INSERT',
  stack: API_ALONE,
  measure: (place) =>
    withBestControl(
      place,
      { name: 'bare-webhook', poolSizes: POOL_SIZES, extra: { CERTIFICATE_FILE: platformCertificateFile(place) } },
      (url) => trialRateOf(place, url, messages(place, TRIAL_SPAN)),
      async (url) => {
        // Of a pair both sides are sent the very same messages.
        let ofThisPair = messages(place, spanOf(place));
        const product = (): Promise<number> => rateOf(place, place.stack.baseUrl, (ofThisPair = messages(place, spanOf(place))));
        const turns = await inTurn(place, product, () => rateOf(place, url, ofThisPair));
        return [{ name: NAME, unit: '/s', goal: { rule: 'at least', ratio: 0.8 }, ...turns }];
      },
    ),
};

function messages(place: Workplace, { warmSeconds, seconds }: Span): Requests {
  const count = SIGNED_PER_SECOND * (warmSeconds + seconds);
  return { what: 'webhooks', keyFile: platformKeyFile(place), prefix: place.newPrefix(), count };
}
