import fc from 'fast-check';
import { changedMessage } from './changed-messages.ts';
import { describeBytes } from './fuzz-request.ts';
import { loadReaders, type ErrorClass, type Reader } from './message-readers.ts';

/**
 * Has every reader of Lakala's messages read as many changed ones. None may throw anything but `MessageError`, and none
 * may take for proof what proves nothing. Gives the smallest message that goes wrong; null where none does.
 */
export async function fuzzParsers({
  messages,
  seed,
}: {
  messages: number;
  seed: number;
}): Promise<{ read: string[]; failure: string | null }> {
  const { readers, MessageError } = await loadReaders();
  const read: string[] = [];
  for (const reader of readers) {
    const counts = new Map<string, number>();
    let failure = '';
    const property = fc.property(changedMessage(reader.base), (bytes) => {
      const { outcome, problem } = judge(reader, bytes, MessageError);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (problem !== null) failure = `${reader.name}: ${problem}\n  ${describeBytes(bytes)}`;
      return problem === null;
    });
    const { failed, counterexamplePath } = fc.check(property, { seed, numRuns: Math.ceil(messages / readers.length) });
    if (failed) return { read, failure: `seed ${seed}, path ${counterexamplePath}\n${failure}` };
    read.push(
      `  ${reader.name.padEnd(20)}  ${[...counts]
        .sort()
        .map(([outcome, count]) => `${outcome} ×${count}`)
        .join('  ')}`,
    );
  }
  return { read, failure: null };
}

/** What became of one message, and what is wrong with that. */
export function judge(
  reader: Pick<Reader, 'parse' | 'provable'>,
  bytes: Buffer,
  expected: ErrorClass,
): { outcome: string; problem: string | null } {
  let outcome: string;
  let meaning: (() => string) | undefined;
  try {
    meaning = reader.parse(bytes);
    outcome = meaning();
  } catch (error) {
    if (meaning === undefined && error instanceof expected) return { outcome: 'unreadable', problem: null };
    return {
      outcome: 'a bug',
      problem: `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    };
  }
  const isProof = PROOFS.includes(outcome);
  const isWrong = isProof && reader.provable(bytes) !== outcome;
  return { outcome, problem: isWrong ? `taken for ${outcome}, which it does not prove` : null };
}

const PROOFS = ['paid', 'ended', 'payable', 'refunded', 'failed'];
