import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Context, type Link, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, RandomIdGenerator, TraceIdRatioBasedSampler, TracerProvider, type IdGenerator } from '@opentelemetry/sdk-trace';
import { withinLimit } from '../clock/within-limit.js';
import type { TracingSettings } from './tracing.settings.js';

const LAST_EXPORT_MS = 2_000;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** One thing that was done about an order, told once it is over. */
export interface OrderSpan {
  /** Of the payment or refund order, a UUID. */
  readonly orderId: string;
  readonly name: string;
  readonly kind: 'server' | 'client' | 'consumer' | 'producer' | 'internal';
  /** Milliseconds since 1970. */
  readonly startMs: number;
  /** Now, where left out. */
  readonly endMs?: number;
  readonly attributes?: Attributes;
  readonly failed?: boolean;
  /** Whether it is what the order began with: all else of the trace stands below it. */
  readonly isFirst?: boolean;
  /** `traceparent` of whoever asked for it: their trace is linked, not joined. */
  readonly callerTrace?: string | undefined;
}

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
  internal: SpanKind.INTERNAL,
} as const;

/**
 * One trace for each order, whose id is the order's own: so every process puts what it does into the same one, with nothing
 * to hand on through tables and streams, and whoever knows an order finds its trace. Does nothing without an endpoint;
 * never throws, and never waits for the collector.
 */
export class OrderTraces {
  private readonly ids = new OrderIds();
  private readonly provider: TracerProvider | undefined;
  private readonly tracer: Tracer | undefined;

  constructor({ endpoint, share }: TracingSettings, service: string) {
    if (endpoint === undefined) return;
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.namespace': 'loomi-pay', 'service.name': service }),
      sampler: new TraceIdRatioBasedSampler(Number(share)),
      idGenerator: this.ids,
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    this.tracer = this.provider.getTracer('loomi-pay');
  }

  /** Keeps nothing. */
  static none(): OrderTraces {
    return new OrderTraces({ endpoint: undefined, share: '1' }, '');
  }

  /** Whether anything is kept. */
  get isOn(): boolean {
    return this.tracer !== undefined;
  }

  /** Keeps what was done, to be sent with others in a moment. */
  record({ orderId, name, kind, startMs, endMs, attributes = {}, failed = false, isFirst = false, callerTrace }: OrderSpan): void {
    if (!this.tracer) return;
    const ids = idsOf(orderId);
    this.ids.next = isFirst ? ids : undefined;
    const options = { kind: KINDS[kind], startTime: startMs, attributes: { ...attributes, 'loomi.order_id': orderId }, links: linksTo(callerTrace) };
    const span = this.tracer.startSpan(name, options, isFirst ? ROOT_CONTEXT : below(ids));
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endMs ?? Date.now());
  }

  /** Sends what is kept, for two seconds at most. */
  async close(): Promise<void> {
    // What the collector does not take is lost, as a trace may be.
    const sent = this.provider?.shutdown().catch(() => undefined);
    if (sent) await withinLimit(sent, LAST_EXPORT_MS, undefined);
  }
}

interface SpanIds {
  readonly traceId: string;
  /** Of the span that the order began with. */
  readonly spanId: string;
}

/** An order's trace has the order's id; the random half of that is the id of the span it began with. */
function idsOf(orderId: string): SpanIds {
  const traceId = orderId.replaceAll('-', '').toLowerCase();
  return { traceId, spanId: traceId.slice(16) };
}

function below(ids: SpanIds): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

function linksTo(callerTrace: string | undefined): Link[] {
  const [, traceId, spanId, flags = '00'] = TRACEPARENT.exec(callerTrace ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return [];
  return [{ context: { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true } }];
}

/** Random ids, but for a span whose ids are set just before it is made. */
class OrderIds implements IdGenerator {
  next: SpanIds | undefined;
  private readonly random = new RandomIdGenerator();

  generateTraceId(): string {
    return this.next?.traceId ?? this.random.generateTraceId();
  }

  generateSpanId(): string {
    return this.next?.spanId ?? this.random.generateSpanId();
  }
}
