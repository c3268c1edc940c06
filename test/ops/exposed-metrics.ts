/** What a process shows at `/metrics`: each metric's labels, those of its samples and no others. */
export async function scrape(managementUrl: string): Promise<Map<string, Set<string>>> {
  const response = await fetch(`${managementUrl}/metrics`);
  if (!response.ok) throw new Error(`${managementUrl}/metrics answered ${response.status}`);
  return readExposition(await response.text());
}

export function readExposition(text: string): Map<string, Set<string>> {
  const metrics = new Map<string, Set<string>>();
  for (const [, name = ''] of text.matchAll(/^# TYPE (\S+)/gm)) metrics.set(name, new Set());
  for (const [, sample = '', labels = ''] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? /gm)) {
    const name = metrics.has(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, '');
    const known = metrics.get(name);
    if (!known) throw new Error(`${sample} is a sample of no metric`);
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) if (label !== 'le') known.add(label);
  }
  return metrics;
}
