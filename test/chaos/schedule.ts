import { Dice } from './dice.ts';
import {
  BLOWS, FIRST_BLOWS, FORGERIES, LINE_FAULTS, LINES, WEATHERS,
  type Blow, type Forgery, type LineStrike, type Strike, type Weather,
} from './strikes.ts';

/** Everything that is going to happen, by track; the tracks run side by side, each strike after the one before it. */
export interface Schedule {
  blows: Strike<Blow>[];
  lines: LineStrike[];
  weathers: Strike<Weather>[];
  forgeries: Strike<Forgery>[];
}

/**
 * The service's clock runs so many times as fast as ours: its lease of a minute is over in 24 seconds. Not faster, or its
 * processors would lose sight of each other: they report every five seconds of ours, and count as alive for 15 of theirs.
 */
export const CLOCK_SPEED = 2.5;
const PAST_THE_LEASE_MS = 25_000;
/** What a blow takes beside its own length, about: to be dealt, and to be got over. */
const BLOW_MS = 2_500;

/** Draws the whole schedule from the seed: the same seed and length give the same one. */
export function scheduleOf(seed: number, minutes: number): Schedule {
  const endMs = minutes * 60_000;
  return {
    blows: blows(new Dice(seed, 'blows'), endMs),
    lines: lines(new Dice(seed, 'lines'), endMs),
    weathers: weathers(new Dice(seed, 'weathers'), endMs),
    forgeries: forgeries(new Dice(seed, 'forgeries'), endMs),
  };
}

function blows(dice: Dice, endMs: number): Strike<Blow>[] {
  const deck = (): Blow[] => dice.shuffled(BLOWS);
  const rest = BLOWS.filter((blow) => !FIRST_BLOWS.includes(blow));
  const first = [...dice.shuffled(FIRST_BLOWS), ...dice.shuffled(rest)];
  return dealt(3_000, endMs, first, deck, (kind, atMs) => {
    const forMs = kind === 'pause past the lease' ? PAST_THE_LEASE_MS + dice.whole(0, 3_000) : dice.whole(200, 3_000);
    return { strike: { atMs, kind, forMs, which: which(dice) }, takesMs: forMs + BLOW_MS + dice.whole(0, 2_000) };
  });
}

function lines(dice: Dice, endMs: number): LineStrike[] {
  const deck = (): LineStrike['line'][] => dice.shuffled(LINES);
  return dealt(2_000, endMs, deck(), deck, (line, atMs) => {
    const forMs = dice.whole(500, 5_000);
    const strike: LineStrike = { atMs, line, kind: dice.pick(LINE_FAULTS), forMs, which: 1 };
    return { strike, takesMs: forMs + dice.whole(500, 4_000) };
  });
}

function weathers(dice: Dice, endMs: number): Strike<Weather>[] {
  const deck = (): Weather[] => dice.shuffled(WEATHERS);
  return dealt(1_000, endMs, deck(), deck, (kind, atMs) => {
    const forMs = dice.whole(6_000, 14_000);
    return { strike: { atMs, kind, forMs, which: 1 }, takesMs: forMs };
  });
}

function forgeries(dice: Dice, endMs: number): Strike<Forgery>[] {
  const deck = (): Forgery[] => dice.shuffled(FORGERIES);
  return dealt(4_000, endMs, deck(), deck, (kind, atMs) => {
    return { strike: { atMs, kind, forMs: 0, which: 1 }, takesMs: dice.whole(500, 2_500) };
  });
}

function which(dice: Dice): 1 | 2 {
  return dice.chance(0.5) ? 1 : 2;
}

/** Deals deck after deck until the time is over. */
function dealt<Card, S>(
  startMs: number,
  endMs: number,
  firstDeck: Card[],
  deck: () => Card[],
  place: (card: Card, atMs: number) => { strike: S; takesMs: number },
): S[] {
  const strikes: S[] = [];
  let cards = firstDeck;
  for (let atMs = startMs; atMs < endMs; ) {
    const [card] = cards.splice(0, 1);
    if (card === undefined) {
      cards = deck();
      continue;
    }
    const { strike, takesMs } = place(card, atMs);
    strikes.push(strike);
    atMs += takesMs;
  }
  return strikes;
}
