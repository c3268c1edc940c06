import { Variable } from '../configuration/variable.decorator.js';

/** Where traces go, by the names that OpenTelemetry gives the variables. */
export class TracingSettings {
  @Variable('OTEL_EXPORTER_OTLP_ENDPOINT', {
    kind: 'url',
    schemes: ['http', 'https'],
    optional: true,
    meaning: 'where a collector takes traces by OTLP over HTTP, like http://collector:4318; none: there are no traces',
  })
  readonly endpoint: string | undefined;

  @Variable('OTEL_TRACES_SAMPLER_ARG', {
    kind: 'string',
    pattern: /^(0(\.\d{1,6})?|1(\.0{1,6})?)$/,
    expected: 'a share from 0 to 1, like 0.1',
    default: '1',
    meaning: 'the share of the orders whose traces are kept, whole, by all processes alike',
  })
  readonly share: string;
}
