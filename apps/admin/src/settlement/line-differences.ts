import { yuanOf } from '../finance/yuan-of.js';
import type { ComparedLine, OurMove } from './compared-lines.js';

/** What can differ between a settlement file and our books. */
export const DIFFERENCES = ['missing', 'extra', 'duplicate', 'kind', 'merchant', 'amount', 'fee', 'order_no', 'state'] as const;

export interface Difference {
  what: (typeof DIFFERENCES)[number];
  /** Lakala's number; of a refund of ours without one, our own. */
  logNo: string;
  appId: string | null;
  paymentOrderId: string | null;
  refundOrderId: string | null;
  /** One sentence for an operator. */
  detail: string;
}

type Found = Pick<Difference, 'what' | 'detail'>;

/** What a line and our books do not agree in; the line is called by this name. */
export function differencesOf(line: ComparedLine, name: string): Difference[] {
  const of = line.ours ?? line.named ?? (line.origin && { ...line.origin, refund_order_id: null });
  const subject = { logNo: line.log_no, appId: of?.app_id ?? null, paymentOrderId: of?.payment_order_id ?? null, refundOrderId: of?.refund_order_id ?? null };
  const found = [duplicate(line), ...(line.ours === null ? [unknown(line)] : known(line, line.ours)), fee(line)];
  return found.filter((one) => one !== null).map(({ what, detail }) => ({ what, ...subject, detail: `${name}: ${detail}` }));
}

function duplicate({ twin }: ComparedLine): Found | null {
  if (twin === null) return null;
  return { what: 'duplicate', detail: `its log number is in the file of ${twin.day} already, on line ${twin.line_no}` };
}

function unknown({ named, origin, trade_type: word, amount }: ComparedLine): Found {
  const money = `a ${word} of ${yuan(amount)} yuan`;
  if (named !== null) {
    return { what: 'state', detail: `our ${named.kind} is ${named.status} and has no such trade as Lakala's, ${money}` };
  }
  return { what: 'extra', detail: `Lakala has ${money} that is not ours${origin === null ? '' : ', of a payment that is'}` };
}

function known(line: ComparedLine, ours: OurMove): (Found | null)[] {
  const numbers = [line.order_no, line.pay_order_no].filter((number) => number !== null);
  const strange = numbers.find((number) => !ours.numbers.includes(number));
  return [
    line.kind === ours.kind ? null : { what: 'kind', detail: `Lakala has a ${line.trade_type}, our books a ${ours.kind}` },
    line.merchant_no === ours.merchant_no
      ? null
      : { what: 'merchant', detail: `Lakala has it under merchant ${line.merchant_no}, our books under ${ours.merchant_no}` },
    line.amount === ours.amount
      ? null
      : { what: 'amount', detail: `Lakala has ${yuan(line.amount)} yuan, our books ${yuan(ours.amount)}` },
    strange === undefined ? null : { what: 'order_no', detail: `Lakala has the order number ${strange}, which is none of this ${ours.kind}` },
  ];
}

/** The file's own arithmetic: whether a refund takes its fee along, and under which sign, is not known. */
function fee({ kind, amount, fee: taken, settled }: ComparedLine): Found | null {
  if (taken === null || settled === null) return null;
  const right = kind === 'payment' ? [amount - taken] : [amount, amount - Math.abs(taken), amount + Math.abs(taken)];
  if (right.includes(kind === 'payment' ? settled : Math.abs(settled))) return null;
  return { what: 'fee', detail: `${yuan(amount)} yuan less a fee of ${yuan(taken)} are not the ${yuan(settled)} that are settled` };
}

function yuan(fen: number): string {
  return yuanOf(String(fen));
}
