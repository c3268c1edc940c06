import { KINDS, type Findings, type Sample } from './findings.ts';

const WIDTH = 960;
const LEFT = 70;
const RIGHT = 930;
const PANEL_HEIGHT = 240;
const TOPS = [60, 370] as const;
const HEIGHT = 670;

interface Panel {
  top: number;
  most: number;
}

/** Where a moment and a number stand on the sheet. */
interface Scale {
  x: (atMs: number) => string;
  y: (panel: Panel, value: number) => string;
}

/** Open orders, and calls a second by kind, over time: what a run saw, as an SVG. */
export function draw({ options, samples, fromMs, toMs }: Findings): string {
  const lastMs = samples.at(-1)?.atMs ?? 1;
  const scale: Scale = {
    x: (atMs) => (LEFT + (atMs / lastMs) * (RIGHT - LEFT)).toFixed(1),
    y: ({ top, most }, value) => (top + PANEL_HEIGHT - (value / most) * PANEL_HEIGHT).toFixed(1),
  };
  const orders: Panel = { top: TOPS[0], most: 1.05 * Math.max(1, ...samples.map(({ open }) => open)) };
  const calls: Panel = { top: TOPS[1], most: 1.15 * options.budget };
  const brownOut = { x: scale.x(fromMs), width: (Number(scale.x(toMs)) - Number(scale.x(fromMs))).toFixed(1) };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="${LEFT}" y="28" font-size="17">${options.orders} paid orders, no notification, Lakala browned out: ${options.budget} calls a second at most</text>`,
    ...TOPS.map((top) => `<rect x="${brownOut.x}" y="${top}" width="${brownOut.width}" height="${PANEL_HEIGHT}" fill="#f6e3c5"/>`),
    `<text x="${Number(brownOut.x) + 6}" y="${TOPS[0] + 18}" fill="#8a5a00">Lakala at 5 % of its capacity</text>`,
    ...frame(orders, 'open orders', lastMs, scale),
    ...line(orders, samples, ({ open, waiting }) => open - waiting, '#1f4e79', scale),
    ...line(orders, samples, ({ waiting }) => waiting, '#c0504d', scale),
    ...legend(orders.top, [['with a page', '#1f4e79'], ['waiting for a page', '#c0504d']]),
    ...frame(calls, 'calls to Lakala a second', lastMs, scale),
    ...bars(calls, samples, scale),
    `<line x1="${LEFT}" x2="${RIGHT}" y1="${scale.y(calls, options.budget)}" y2="${scale.y(calls, options.budget)}" stroke="#555555" stroke-dasharray="6 4"/>`,
    ...legend(calls.top, [['questions and closes', '#5b9bd5'], ['creates', '#c0504d'], ['the budget', '#555555']]),
    `<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 20}" text-anchor="middle">seconds</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function frame(panel: Panel, title: string, lastMs: number, { x, y }: Scale): string[] {
  const values = stepsTo(panel.most);
  const moments = stepsTo(lastMs / 1_000);
  const bottom = panel.top + PANEL_HEIGHT;
  return [
    `<rect x="${LEFT}" y="${panel.top}" width="${RIGHT - LEFT}" height="${PANEL_HEIGHT}" fill="none" stroke="#999999"/>`,
    `<text x="${LEFT}" y="${panel.top - 8}">${title}</text>`,
    ...values.map((value) => `<text x="${LEFT - 8}" y="${Number(y(panel, value)) + 4}" text-anchor="end">${value}</text>`),
    ...moments.map((second) => `<text x="${x(second * 1_000)}" y="${bottom + 18}" text-anchor="middle">${second}</text>`),
  ];
}

/** Round numbers up to the most, five or so. */
function stepsTo(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => Math.round(index * step));
}

function line(panel: Panel, samples: readonly Sample[], valueOf: (sample: Sample) => number, colour: string, { x, y }: Scale): string[] {
  const points = samples.map((sample) => `${x(sample.atMs)},${y(panel, valueOf(sample))}`).join(' ');
  return [`<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`];
}

/** Between two looks, questions below, creates on top of them. */
function bars(panel: Panel, samples: readonly Sample[], { x, y }: Scale): string[] {
  const paths = { questions: '', creates: '' };
  const bar = (from: Sample, to: Sample, low: number, high: number): string =>
    `M${x(from.atMs)} ${y(panel, low)}V${y(panel, high)}H${x(to.atMs)}V${y(panel, low)}Z`;
  for (const [index, to] of samples.slice(1).entries()) {
    const from = samples[index] as Sample;
    const perSecond = (count: number): number => Math.min(panel.most, (count * 1_000) / (to.atMs - from.atMs));
    const all = perSecond(KINDS.reduce((sum, kind) => sum + to.calls[kind] - from.calls[kind], 0));
    const questions = all - perSecond(to.calls.create - from.calls.create);
    paths.questions += bar(from, to, 0, questions);
    if (all > questions) paths.creates += bar(from, to, questions, all);
  }
  return [`<path d="${paths.questions}" fill="#5b9bd5"/>`, `<path d="${paths.creates}" fill="#c0504d"/>`];
}

function legend(top: number, entries: readonly (readonly [string, string])[]): string[] {
  return entries.flatMap(([text, colour], index) => {
    const x = RIGHT - 170;
    const y = top + 20 + index * 18;
    return [`<rect x="${x}" y="${y - 10}" width="12" height="12" fill="${colour}"/>`, `<text x="${x + 18}" y="${y}">${text}</text>`];
  });
}
