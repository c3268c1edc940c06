import { Variable } from './variable.decorator.js';

/** The two ports of a deployable. */
export class HttpSettings {
  @Variable('PORT', { kind: 'port', default: 3000, meaning: 'port of the API and of health' })
  readonly port: number;

  @Variable('MANAGEMENT_PORT', { kind: 'port', default: 9090, meaning: 'port of /metrics; not for the public' })
  readonly managementPort: number;
}
