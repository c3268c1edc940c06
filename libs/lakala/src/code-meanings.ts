/** The calls we make, as far as a code's meaning depends on them. */
export type LakalaCall = 'create' | 'query' | 'close' | 'refund' | 'refund_query';

/**
 * What a signed code says about a call. `success`: it was carried out, read the data. `in_doubt`: not an answer, ask
 * again later. `definite_refusal`: it was not and will not be carried out. `duplicate`: an earlier send of the same
 * create arrived. `unlisted`: in no list; what that is worth depends on the call and is the caller's to decide.
 */
export type CodeMeaning = 'success' | 'in_doubt' | 'definite_refusal' | 'duplicate' | 'unlisted';

interface CodeRow {
  readonly meaning: CodeMeaning;
  readonly calls: readonly LakalaCall[];
  readonly codes: readonly string[];
}

/**
 * Every code we know, from docs/lakala.md, "Codes". No full official table was found: add a code here once
 * there is evidence for it, and nowhere else.
 */
export const CODE_TABLE: readonly CodeRow[] = [
  { meaning: 'success', calls: ['create', 'query', 'close', 'refund', 'refund_query'], codes: ['000000'] },
  // One source gives the success of refund calls this way.
  { meaning: 'success', calls: ['refund', 'refund_query'], codes: ['BBS00000'] },
  {
    meaning: 'in_doubt',
    calls: ['create', 'close', 'refund'],
    codes: [
      'BBS10000', 'BBS11105', 'BBS11112', 'BBS00100', 'BBS00101', 'BPS10034', 'RFD11105', 'RFD11112',
      '000100', '000101', '710038', '710039', '710046', '710048',
    ],
  },
  // "System error". A query answers with it too, but there every failure says nothing anyway.
  { meaning: 'in_doubt', calls: ['create', 'close', 'refund'], codes: ['999999'] },
  {
    meaning: 'definite_refusal',
    calls: ['create', 'refund'],
    codes: ['BBS11184', '710032', '710033', '710034', '710035', '710036', '710037', '710050'],
  },
  { meaning: 'duplicate', calls: ['create'], codes: ['000095'] },
];

const MEANINGS: ReadonlyMap<string, CodeMeaning> = new Map(
  CODE_TABLE.flatMap(({ meaning, calls, codes }) =>
    calls.flatMap((call) => codes.map((code) => [`${call} ${code}`, meaning] as const)),
  ),
);

/**
 * What this signed code means on this call (docs/lakala.md, "Codes"). On a query everything but success is `in_doubt`:
 * it says nothing about the order or the refund.
 */
export function meaningOf(code: string, call: LakalaCall): CodeMeaning {
  const isQuestion = call === 'query' || call === 'refund_query';
  return MEANINGS.get(`${call} ${code}`) ?? (isQuestion ? 'in_doubt' : 'unlisted');
}
