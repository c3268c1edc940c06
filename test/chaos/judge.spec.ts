import { isGreen, type Findings } from './findings.ts';
import { honestRun } from './honest-run.fixture.ts';
import { judge } from './judge.ts';

/** The lines that are not green. */
function redLines(findings: Findings): string[] {
  return judge(findings).filter((verdict) => !isGreen(verdict)).map(({ guarantee }) => guarantee);
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('the honest run has none');
  return item;
}

test('a run in which every promise was kept is green in every line', () => {
  expect(judge(honestRun()).map(({ guarantee }) => guarantee)).toEqual(['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8', 'G9', 'G10', 'G11', 'G12', 'G13']);
  expect(redLines(honestRun())).toEqual([]);
});

const LIES: readonly [what: string, line: string, lie: (run: Findings) => void][] = [
  ['an accepted order is gone', 'G1', (run) => first([...run.told.payments.values()]).ids.add('order-9')],
  ['an accepted refund is gone', 'G1', (run) => first([...run.told.refunds.values()]).ids.add('refund-9')],
  ['an order never ends', 'G1', (run) => (first(run.rows.payments).status = 'processing')],
  ['two pages were handed out', 'G2', (run) => first([...run.told.payments.values()]).pages.add('http://another')],
  ['a page that nobody has stays open', 'G2', (run) => (first(run.ledger.slice(1)).order_status = '0')],
  ['an order was paid twice', 'G2', (run) => first(run.ledger).paid_trades.push({ trade_no: 'trade-2', amount: 1_000 })],
  ['a refund went out twice', 'G3', (run) => first(run.ledger).refunds.push({ out_trade_no: 'out-2', trade_no: 'back-2', amount: 400, state: 'SUCCESS' })],
  ['more went back than was paid', 'G3', (run) => (first(first(run.ledger).refunds).amount = 1_001)],
  ['a refund is told to have gone through and did not', 'G3', (run) => (first(first(run.ledger).refunds).state = 'FAIL')],
  ['a paid order failed', 'G4', (run) => (first(run.rows.payments).status = 'failed')],
  ['an unpaid order succeeded', 'G4', (run) => (first(run.ledger).paid_trades = [])],
  ['an order succeeded by another amount', 'G4', (run) => (first(first(run.ledger).paid_trades).amount = 1)],
  ['an end has no proof', 'G4', (run) => run.proofs.proven.delete('order-1')],
  ['a proof is not signed', 'G4', (run) => run.proofs.flaws.push('forged')],
  ['a forged message was acknowledged', 'G4', (run) => (first(run.sent).acknowledged = true)],
  ['a failed order still took a payment', 'G4', (run) => run.told.latePays.taken.push('order-1')],
  ['a status went back', 'G4', (run) => run.told.breach('G4', 'back')],
  ['an event never came', 'G5', (run) => first(run.heard).entries.pop()],
  ['events came in the wrong order', 'G5', (run) => first(run.heard).entries.reverse()],
  ['an event came changed', 'G5', (run) => (first(run.heard).entries[0] = { ...first(run.heard).entries[0], amount: '1' })],
  ['a repeat was not the same', 'G5', (run) => first(run.heard).entries.push({ ...first(run.heard).entries[0], amount: '1' })],
  ['a transition has no event', 'G5', (run) => run.rows.events.splice(1, 1)],
  ['an event is not on its stream', 'G5', (run) => run.onStream.delete('payment 1-0')],
  ['an event is missing from GET /events', 'G5', (run) => run.pages.get('shop')?.pop()],
  ['an acknowledged notification is not kept', 'G6', (run) => run.rows.notifications.pop()],
  ['a kept notification was never applied', 'G6', (run) => (first(run.rows.notifications).applied = false)],
  ['Redis was made good too late', 'G7', (run) => run.recoveries.push({ kind: 'redis wiped', ms: 10_001, crowding: 0.5 })],
  ['an order was refused while Redis was away', 'G7', (run) => (first(run.told.creates).status = 503)],
  ['a failover lost an order', 'G8', (run) => run.rows.payments.pop()],
  ['a failover lost a notification', 'G8', (run) => run.rows.notifications.pop()],
  ['nothing was accepted after a failover', 'G8', (run) => (run.told.creates.length = 0)],
  ['an order was refused while Lakala was silent', 'G9', (run) => (first(run.told.creates.slice(1)).status = null)],
  ['there were more calls than allowed', 'G9', (run) => run.calls.push({ atMs: 500_000, calls: 100 }, { atMs: 511_000, calls: 5_000 })],
  ['something stays stuck', 'G9', (run) => run.unfinished.push('order-1')],
  ['bad input was an error of ours', 'G10', (run) => (first(run.told.vandalism).status = 500)],
  ['a good request was an error of ours', 'G10', (run) => run.told.breach('G10', '500')],
  ['bad input was accepted', 'G10', (run) => (first(run.told.vandalism).status = 202)],
  ['bad input made something', 'G10', (run) => (first(run.rows.refunds).merchant_refund_id = 'BAD-7')],
  ['a key opened another door', 'G11', (run) => run.told.breach('G11', 'open')],
  ['an entry of another app came', 'G11', (run) => first(run.heard).entries.push({ event_id: 'x', app_id: 'stall' })],
  ['a deploy failed a request', 'G12', (run) => run.told.duringDeploy.failed.push('503')],
  ['a process did not end in order', 'G12', (run) => run.deployEnds.push('api-2: signal SIGKILL')],
  ['a process died by itself', 'G12', (run) => run.unexpectedDeaths.push('api-1')],
  ['a secret is in a log', 'G13', (run) => run.secrets.found.push('a key')],
  ['the search for secrets finds nothing', 'G13', (run) => (run.secrets.findsPlanted = false)],
];

test.each(LIES)('%s: %s is red', (_, line, lie) => {
  const run = honestRun();
  lie(run);
  expect(redLines(run)).toContain(line);
});

test('what was never challenged shows nothing: without strikes every line that needs them is red', () => {
  const run = honestRun();
  run.log.struck.length = 0;
  expect(redLines(run)).toEqual(expect.arrayContaining(['G1', 'G5', 'G7', 'G8', 'G9', 'G12', 'G13']));
});

test('an entry that was delivered and never acknowledged may come yet, so it is not lost', () => {
  const run = honestRun();
  const last = first(run.heard).entries.pop();
  first(run.heard).pending.add('2-0');
  expect(last?.event_id).toBe('order-1-2');
  expect(redLines(run)).toEqual([]);
});
