export interface NamedMetric {
  name: string;
  /** Those that the selector asks about. */
  labels: string[];
}

/** The metrics that a query names: whatever has a selector or a range, and whatever is called like one of ours or Node's. */
export function metricsIn(query: string): NamedMetric[] {
  const quoted = query.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  const selectors = quoted.matchAll(/\b([a-zA-Z_]\w*)(?:\s*\{([^}]*)\}|(?=\s*\[)|(?<=\b(?:loomi|nodejs|process)_\w+))/g);
  return [...selectors].map(([, name = '', inside = '']) => ({
    name: name.replace(/_(bucket|sum|count)$/, ''),
    labels: [...inside.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, label = '']) => label),
  }));
}
