import type { RefundAnswer, RefundAnswerSource } from './gateway-answer.js';
import { resolveRefund, type RefundBefore } from './resolve-refund.js';

const REFUND: RefundBefore = { id: 'r1', status: 'processing', sends: 1, refusalCode: null, refusals: 0 };
const refused = (definite: boolean, code = 'X1'): RefundAnswer => ({ outcome: 'refused', definite, code, message: 'no' });
const failed: RefundAnswer = { outcome: 'failed', code: 'FAIL', message: 'no' };

interface Case {
  promise: string;
  before?: Partial<RefundBefore>;
  source: RefundAnswerSource;
  answer: RefundAnswer;
  move: 'succeeded' | 'failed' | null;
  gatewayState?: string;
  refusal?: { code: string; times: number };
  anomalies?: string[];
}

const CASES: Case[] = [
  { promise: 'a success is a success', source: 'refund', answer: { outcome: 'refunded', tradeNo: 't', logNo: 'l', refundedAt: null }, move: 'succeeded' },
  { promise: 'a success after many sends is a success', before: { sends: 4 }, source: 'refund_query', answer: { outcome: 'refunded', tradeNo: 't', logNo: 'l', refundedAt: null }, move: 'succeeded' },
  { promise: 'a failure told to the only send is proof', source: 'refund', answer: failed, move: 'failed' },
  { promise: 'a failure told to one of several sends must be asked about', before: { sends: 2 }, source: 'refund', answer: failed, move: null, gatewayState: 'FAIL' },
  { promise: 'a failure told to a question is proof whatever was sent', before: { sends: 2 }, source: 'refund_query', answer: failed, move: 'failed' },
  { promise: 'a definite refusal of the only send is proof', source: 'refund', answer: refused(true), move: 'failed' },
  { promise: 'a definite refusal of one of several sends frees nothing', before: { sends: 2 }, source: 'refund', answer: refused(true), move: null, refusal: { code: 'X1', times: 1 } },
  { promise: 'a code in no list frees nothing', source: 'refund', answer: refused(false), move: null, refusal: { code: 'X1', times: 1 } },
  { promise: 'a code to a question says nothing', source: 'refund_query', answer: refused(true), move: null },
  { promise: 'the same code three times over is for an operator', before: { refusalCode: 'X1', refusals: 2 }, source: 'refund', answer: refused(false), move: null, refusal: { code: 'X1', times: 3 }, anomalies: ['refund_unclear:r1'] },
  { promise: 'another code begins a new count', before: { refusalCode: 'X2', refusals: 2 }, source: 'refund', answer: refused(false), move: null, refusal: { code: 'X1', times: 1 } },
  { promise: 'a refund under way is asked about', source: 'refund', answer: { outcome: 'in_progress', state: 'DEAL' }, move: null, gatewayState: 'DEAL' },
  { promise: 'an exception is asked about and shown to an operator', source: 'refund_query', answer: { outcome: 'unclear', state: 'EXCEPTION' }, move: null, gatewayState: 'EXCEPTION', anomalies: ['refund_unclear:r1'] },
  { promise: 'silence proves nothing', source: 'refund', answer: { outcome: 'unknown', cause: 'no answer', signed: false }, move: null },
  { promise: 'a refund that succeeded stays as it is', before: { status: 'succeeded' }, source: 'refund_query', answer: failed, move: null },
  { promise: 'a refund that failed stays as it is, and a success at Lakala is for an operator', before: { status: 'failed' }, source: 'refund_query', answer: { outcome: 'refunded', tradeNo: 't', logNo: 'l', refundedAt: null }, move: null, anomalies: ['refunded_elsewhere:r1'] },
];

describe('resolveRefund', () => {
  it.each(CASES)('$promise', ({ before, source, answer, move, gatewayState, refusal, anomalies = [] }) => {
    const resolution = resolveRefund({ ...REFUND, ...before }, source, answer);
    expect(resolution.move?.to ?? null).toBe(move);
    expect(resolution.gatewayState).toBe(gatewayState ?? null);
    expect(resolution.refusal).toEqual(refusal ?? null);
    expect(resolution.anomalies.map((finding) => finding.key)).toEqual(anomalies);
  });
});
