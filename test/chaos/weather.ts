import type { Weather } from './strikes.ts';

/** What each weather is in the sandbox's own terms (its README, "Faults"). */
const FAULTS: Readonly<Record<Weather, () => object>> = {
  calm: () => ({}),
  slow: () => forAll({ slow: { rate: 0.8, ms: 2_000 } }),
  silent: () => forAll({ neverAnswered: 1 }),
  erring: () => forAll({ http500: 0.4, inDoubtCode: 0.3 }),
  forging: () => forAll({ unsigned: 0.2, wrongSignature: 0.2, otherOrder: 0.3 }),
  losing: () => forAll({ droppedBefore: 0.2, droppedAfter: 0.5 }),
  forgetful: () => ({
    notification: { lost: 0.4, repeated: { rate: 0.6, ms: 300 }, delayed: { rate: 0.3, ms: 3_000 }, reordered: { rate: 0.3, ms: 2_000 } },
  }),
  undecided: () => ({
    refund: {
      stateInit: { rate: 0.2, ms: 4_000 },
      stateProcessing: { rate: 0.2, ms: 5_000 },
      stateTimeout: { rate: 0.2, ms: 5_000, then: 'FAIL' },
      stateException: { rate: 0.1, ms: 6_000 },
      stateFail: 0.15,
    },
  }),
  mixed: () => ({
    ...forAll({ droppedBefore: 0.05, droppedAfter: 0.1, http500: 0.05, unsigned: 0.05, otherOrder: 0.05, slow: { rate: 0.2, ms: 1_000 } }),
    notification: { lost: 0.2, repeated: 0.3 },
  }),
};

/** The weathers in which a call may find no answer in time. */
export const BROWN_OUTS: readonly Weather[] = ['slow', 'silent', 'erring'];

/** The settings of a weather; the seed makes the sandbox's own draws repeatable. */
export function faultsOf(weather: Weather, seed: number): object {
  return { seed: seed % 2 ** 32, ...FAULTS[weather]() };
}

function forAll(faults: object): object {
  return { create: faults, query: faults, close: faults, refund: faults, refund_query: faults };
}
