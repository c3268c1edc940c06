/** The id of a stream entry, `ms-seq`; both are far below what a double holds exactly. */
export interface EntryId {
  readonly ms: number;
  readonly seq: number;
}

/** Before every entry: the top of a stream that does not exist. */
export const BEFORE_ALL: EntryId = { ms: 0, seq: 0 };

const FORM = /^(\d{1,16})-(\d{1,16})$/;

/** Reads `ms-seq`; null for any other text, and for ids beyond what we ever give. */
export function parseEntryId(text: string): EntryId | null {
  const [, ms, seq] = FORM.exec(text) ?? [];
  const id = { ms: Number(ms), seq: Number(seq) };
  return Number.isSafeInteger(id.ms) && Number.isSafeInteger(id.seq) ? id : null;
}

/** As Redis writes it. */
export function formatEntryId({ ms, seq }: EntryId): string {
  return `${ms}-${seq}`;
}

/** Negative when `a` stands before `b`, 0 when they are the same, positive when it stands after. */
export function compareEntryIds(a: EntryId, b: EntryId): number {
  return a.ms - b.ms || a.seq - b.seq;
}

/** The one that stands first. */
export function earlierOf(a: EntryId, b: EntryId): EntryId {
  return compareEntryIds(a, b) <= 0 ? a : b;
}

/** The one that stands last. */
export function laterOf(a: EntryId, b: EntryId): EntryId {
  return compareEntryIds(a, b) >= 0 ? a : b;
}

/** The last place before this id, so that "after it" includes the id. */
export function justBefore({ ms, seq }: EntryId): EntryId {
  if (seq > 0) return { ms, seq: seq - 1 };
  return ms > 0 ? { ms: ms - 1, seq: Number.MAX_SAFE_INTEGER } : BEFORE_ALL;
}
