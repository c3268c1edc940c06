import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

// From a quick statement to a slow gateway, in seconds.
const DURATION_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * The metrics of this process, in a registry of its own, so that two apps in one test do not meet. Asking twice for a
 * name gives the same metric; asking for it as another kind throws. Labels must be of bounded variety: no ids.
 */
export class Metrics {
  private readonly registry = new Registry();

  /** @param withProcessMetrics also measures memory, CPU, event loop lag and garbage collection. */
  constructor(withProcessMetrics = true) {
    if (withProcessMetrics) collectDefaultMetrics({ register: this.registry });
  }

  /** A number that only rises; its name ends in `_total`. */
  counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
    const existing = this.registry.getSingleMetric(name);
    if (existing === undefined) return new Counter({ name, help, labelNames: labels, registers: [this.registry] });
    if (existing instanceof Counter) return existing;
    throw new Error(`metric ${name} is no counter`);
  }

  /** A distribution of seconds unless other buckets are given; its name ends in the unit. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    buckets: readonly number[] = DURATION_BUCKETS,
  ): Histogram<L> {
    const existing = this.registry.getSingleMetric(name);
    if (existing === undefined) {
      return new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers: [this.registry] });
    }
    if (existing instanceof Histogram) return existing;
    throw new Error(`metric ${name} is no histogram`);
  }

  /** A number that rises and falls; `collect` is called at every scrape, to set it then. */
  gauge<L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    const existing = this.registry.getSingleMetric(name);
    if (existing instanceof Gauge) return existing;
    if (existing !== undefined) throw new Error(`metric ${name} is no gauge`);
    const gauge: Gauge<L> = new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
    });
    return gauge;
  }

  /** The Prometheus text of all metrics, and its content type. */
  async exposition(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }
}
