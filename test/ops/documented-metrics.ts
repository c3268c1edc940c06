import { readPage, tableRows } from '../docs/markdown.ts';

export interface DocumentedMetric {
  /** The processes that show it. */
  from: string[];
  labels: string[];
}

/** The table of docs/metrics.md, by the metrics' names. */
export const DOCUMENTED_METRICS: ReadonlyMap<string, DocumentedMetric> = new Map(
  tableRows(readPage('docs/metrics.md'), 'metric').map(([name = '', from = '', labels = '']): [string, DocumentedMetric] => [
    name.replaceAll('`', ''),
    { from: from.replace(', one', '').split(', '), labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
  ]),
);
