import { reached, type Verdict } from './judge.ts';
import { figure } from './table.ts';

const WIDTH = 960;
const LEFT = 170;
const RIGHT = 640;
const TOP = 64;
const BAR_HEIGHT = 20;
const STEP = 34;
/** Twice the goal is the right edge; what is beyond it ends there. */
const MOST = 2;

/** Each row's ratio, measured by its goal, as an SVG: what reaches the line has met it. */
export function draw(verdicts: readonly Verdict[], title: string): string {
  const bottom = TOP + verdicts.length * STEP;
  const goalAt = x(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 40}" font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="20" y="28" font-size="17">${title}</text>`,
    ...verdicts.flatMap(row),
    `<line x1="${goalAt}" x2="${goalAt}" y1="${TOP - 10}" y2="${bottom}" stroke="#555555" stroke-dasharray="6 4"/>`,
    `<text x="${goalAt}" y="${bottom + 20}" text-anchor="middle">the goal</text>`,
    `<text x="${x(MOST)}" y="${bottom + 20}" text-anchor="middle">twice as good</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function row(verdict: Verdict, index: number): string[] {
  const { name, product, control, unit, ratio, words, met } = verdict;
  const top = TOP + index * STEP;
  const baseline = top + BAR_HEIGHT - 5;
  const width = (Number(x(reached(verdict))) - LEFT).toFixed(1);
  const figures = `${ratio.toFixed(2)}x, ${words}; ${figure(product, unit)} : ${figure(control, unit)}`;
  return [
    `<text x="${LEFT - 10}" y="${baseline}" text-anchor="end">${name}</text>`,
    `<rect x="${LEFT}" y="${top}" width="${width}" height="${BAR_HEIGHT}" fill="${met ? '#5b9bd5' : '#c0504d'}"/>`,
    `<text x="${RIGHT + 14}" y="${baseline}">${figures}</text>`,
  ];
}

function x(share: number): string {
  return (LEFT + (Math.min(share, MOST) / MOST) * (RIGHT - LEFT)).toFixed(1);
}
