import type { HoldPoint } from '../e2e/held-wire.ts';

/** Where a worker can fall asleep: at an utterance to PostgreSQL, or to Lakala. */
export interface Point {
  on: 'postgres' | 'lakala';
  /** The row that is worked on, and its number at Lakala where it has one already. */
  at: (work: { id: string; number: string }) => HoldPoint;
}

type Steps = (work: { id: string; number: string }) => string[][];

const inBooks = (hold: HoldPoint['hold'], steps: Steps): Point => ({ on: 'postgres', at: (work) => ({ hold, steps: steps(work) }) });
const atLakala = (hold: HoldPoint['hold'], path: string, knowsNumber = true): Point => {
  // A space ends the path: that of a refund is the beginning of another.
  return { on: 'lakala', at: ({ number }) => ({ hold, steps: [knowsNumber ? [`${path} `, number] : [`${path} `]] }) };
};

const lockPayment = (id: string): string[] => ['FOR NO KEY UPDATE', id];
const lockRefund = (id: string): string[] => ['FOR UPDATE', 'refund_orders', id];
const beginCreate = (id: string): string[] => ['INSERT INTO gateway_attempts', id];
/** What was asked and what was answered is kept in one way; the locks between tell them apart. */
const saveAttempt = ['UPDATE gateway_attempts SET state'];
const countSend = (id: string): string[] => ['UPDATE refund_orders SET sends', id];
const noteQuestion = (id: string): string[] => ['UPDATE refund_orders SET last_asked_at', id];
const keepRefundAnswer = (id: string): string[] => ['UPDATE refund_orders SET gateway_state', id];
const commit = ['COMMIT'];

/** The lock comes first in each transaction, so the second one is that of the answer. */
const createAnswer: Steps = ({ id }) => [beginCreate(id), lockPayment(id), saveAttempt];

export const CREATE_POINTS: Readonly<Record<string, Point>> = {
  'with nothing begun': inBooks('request', ({ id }) => [lockPayment(id)]),
  'while the attempt is begun': inBooks('request', ({ id }) => [beginCreate(id), commit]),
  'once the attempt is begun, before its call': inBooks('answer', ({ id }) => [beginCreate(id), commit]),
  'with its call on the way': atLakala('request', 'special_create', false),
  'with the answer on the way': atLakala('answer', 'special_create', false),
  'with the answer in hand': inBooks('request', ({ id }) => [beginCreate(id), lockPayment(id)]),
  'while it keeps the answer': inBooks('request', (work) => [...createAnswer(work), commit]),
  'once the answer is kept': inBooks('answer', (work) => [...createAnswer(work), commit]),
  'before it gives the lease back': inBooks('request', (work) => [...createAnswer(work), commit, lockPayment(work.id)]),
  'while it gives the lease back': inBooks('answer', (work) => [...createAnswer(work), commit, lockPayment(work.id), commit]),
};

const questionAnswer: Steps = ({ id }) => [saveAttempt, lockPayment(id), saveAttempt];

const QUESTION_POINTS: Readonly<Record<string, Point>> = {
  'with nothing begun': inBooks('request', ({ id }) => [lockPayment(id)]),
  'once the question is begun, before its call': inBooks('answer', () => [saveAttempt, commit]),
  'with the query on the way': atLakala('request', 'order/query'),
  'with the answer to the query on the way': atLakala('answer', 'order/query'),
  'with the answer in hand': inBooks('request', ({ id }) => [saveAttempt, lockPayment(id)]),
  'while it keeps the answer': inBooks('request', (work) => [...questionAnswer(work), commit]),
  'once the answer is kept': inBooks('answer', (work) => [...questionAnswer(work), commit]),
};

export const QUERY_POINTS = QUESTION_POINTS;

export const CLOSE_POINTS: Readonly<Record<string, Point>> = {
  ...QUESTION_POINTS,
  'with the close on the way': atLakala('request', 'order/close'),
  'with the answer to the close on the way': atLakala('answer', 'order/close'),
};

export const REFUND_POINTS: Readonly<Record<string, Point>> = {
  'with nothing begun': inBooks('request', ({ id }) => [lockRefund(id)]),
  'while the send is counted': inBooks('request', ({ id }) => [countSend(id), commit]),
  'once the send is counted, before its call': inBooks('answer', ({ id }) => [countSend(id), commit]),
  'with its call on the way': atLakala('request', 'refund_front/refund'),
  'with the answer on the way': atLakala('answer', 'refund_front/refund'),
  'with the answer in hand': inBooks('request', ({ id }) => [countSend(id), lockRefund(id)]),
  'while it keeps the answer': inBooks('request', ({ id }) => [countSend(id), lockRefund(id), keepRefundAnswer(id), commit]),
  'once the answer is kept': inBooks('answer', ({ id }) => [countSend(id), lockRefund(id), keepRefundAnswer(id), commit]),
};

export const REFUND_QUERY_POINTS: Readonly<Record<string, Point>> = {
  'once the question is begun, before its call': inBooks('answer', ({ id }) => [noteQuestion(id), commit]),
  'with the query on the way': atLakala('request', 'refund_front/refund_query'),
  'with the answer on the way': atLakala('answer', 'refund_front/refund_query'),
  'with the answer in hand': inBooks('request', ({ id }) => [noteQuestion(id), lockRefund(id)]),
  'once the answer is kept': inBooks('answer', ({ id }) => [noteQuestion(id), lockRefund(id), keepRefundAnswer(id), commit]),
};
