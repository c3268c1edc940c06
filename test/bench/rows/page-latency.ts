import { sandboxAccount } from '../../stack/programs.ts';
import type { PagesJob, SignedCallsJob } from '../load/jobs.ts';
import { latencyLines, RATE } from '../latency-lines.ts';
import { spanOf } from '../loads.ts';
import type { Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import { meetingPlace, merchantKeyFile, warmUp, wholeService } from '../whole-service.ts';
import type { Workplace } from '../workplace.ts';

const NAME = 'page-latency';

export const PAGE_LATENCY: Row = {
  name: NAME,
  compares: `from a create until the app hears of its page, at ${RATE} a second : a bare signed call to the sandbox`,
  stack: wholeService(1),
  measure: async (place) => {
    const product = (): PagesJob => ({ kind: 'pages', urls: [place.stack.baseUrl], perSecond: RATE, ...spanOf(place), ...meetingPlace(place) });
    const control = signedCallsOf(place);
    await warmUp(place);
    const turns = await inTurn(place, () => place.load.run(product()), () => place.load.run(control));
    return latencyLines(NAME, turns, { p50: 10, p99: 40 });
  },
};

function signedCallsOf(place: Workplace): SignedCallsJob {
  const { stack } = place;
  const account = sandboxAccount(stack.sandbox.folder, Number(new URL(stack.sandbox.url).port));
  return {
    kind: 'signed-calls',
    perSecond: RATE,
    ...spanOf(place),
    lakalaUrl: stack.sandbox.url,
    keyFile: merchantKeyFile(place),
    appid: account.LAKALA_APPID ?? '',
    serialNo: account.LAKALA_SERIAL_NO ?? '',
    merchantNo: account.LAKALA_MERCHANT_NO ?? '',
    termNo: account.LAKALA_TERM_NO ?? '',
    notifyUrl: `${stack.baseUrl}/api/v1/webhooks/lakala`,
  };
}
