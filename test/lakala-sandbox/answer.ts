/** What the platform says to a call, before it is dated and signed. */
export interface Answer {
  code: string;
  msg: string;
  data?: Record<string, unknown>;
}

/** The codes the sandbox answers with. The `SBX…` ones are its own: Lakala's for these cases are not known. */
export const CODES = {
  success: '000000',
  /** Lakala's own, for an `out_order_no` that was used before. */
  duplicateOrder: '000095',
  notAuthenticated: 'SBX00401',
  badMessage: 'SBX00400',
  badField: 'SBX10001',
  orderNotFound: 'SBX10404',
  orderNotClosable: 'SBX10409',
  refundNotSupported: 'SBX20001',
  refundExceedsTrade: 'SBX20002',
  refundRepeated: 'SBX20003',
  tradeNotFound: 'SBX20404',
  tradeNotHere: 'SBX20403',
  refundNotFound: 'SBX20405',
} as const;

/** What lakala.md lists as "not an answer, ask again later" and a call that moves money may well get. */
export const IN_DOUBT_CODES = [
  'BBS10000',
  'BBS11105',
  'BBS11112',
  '000100',
  '000101',
  'RFD11105',
  '710038',
  '999999',
] as const;

export const refusal = (code: string, msg: string): Answer => ({ code, msg });

export const success = (data: Record<string, unknown>): Answer => ({ code: CODES.success, msg: '操作成功', data });
