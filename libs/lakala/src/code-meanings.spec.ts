import { CODE_TABLE, type LakalaCall, meaningOf } from './code-meanings.js';

const CALLS: readonly LakalaCall[] = ['create', 'query', 'close', 'refund', 'refund_query'];
const meanings = (code: string) => CALLS.map((call) => meaningOf(code, call));

describe('meaningOf', () => {
  it.each([
    // code, then its meaning on create, query, close, refund, refund_query
    ['000000', ['success', 'success', 'success', 'success', 'success']],
    ['BBS00000', ['unlisted', 'in_doubt', 'unlisted', 'success', 'success']],
    ['999999', ['in_doubt', 'in_doubt', 'in_doubt', 'in_doubt', 'in_doubt']],
    ['000095', ['duplicate', 'in_doubt', 'unlisted', 'unlisted', 'in_doubt']],
    ['BBS11184', ['definite_refusal', 'in_doubt', 'unlisted', 'definite_refusal', 'in_doubt']],
    ['nonsense', ['unlisted', 'in_doubt', 'unlisted', 'unlisted', 'in_doubt']],
    ['constructor', ['unlisted', 'in_doubt', 'unlisted', 'unlisted', 'in_doubt']],
    ['', ['unlisted', 'in_doubt', 'unlisted', 'unlisted', 'in_doubt']],
  ])('code "%s" means, call by call, %j', (code, expected) => expect(meanings(code)).toEqual(expected));

  it.each([
    'BBS10000', 'BBS11105', 'BBS11112', '000100', '000101', 'RFD11105', 'RFD11112', '710038', '710039', '710046', '710048',
    'BPS10034', 'BBS00100', 'BBS00101',
  ])('%s is no answer to any call', (code) => {
    expect(meanings(code)).toEqual(CALLS.map(() => 'in_doubt'));
  });

  it.each(['710032', '710033', '710034', '710035', '710036', '710037', '710050'])('%s refuses for good', (code) => {
    expect([meaningOf(code, 'create'), meaningOf(code, 'refund')]).toEqual(['definite_refusal', 'definite_refusal']);
  });

  it('never takes a question that failed for an answer about the money', () => {
    const codes = CODE_TABLE.flatMap((row) => row.codes);
    const failed = codes.flatMap((code) => [meaningOf(code, 'query'), meaningOf(code, 'refund_query')]);
    expect(new Set(failed)).toEqual(new Set(['success', 'in_doubt']));
  });

  it('gives each code one meaning on a call', () => {
    const keys = CODE_TABLE.flatMap(({ calls, codes }) => calls.flatMap((call) => codes.map((code) => `${call} ${code}`)));
    expect(new Set(keys).size).toBe(keys.length);
  });
});
