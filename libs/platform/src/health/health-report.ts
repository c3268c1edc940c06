import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthIndicatorResult } from '@nestjs/terminus';
import { ShutdownState } from '../shutdown/shutdown-state.js';
import type { HealthIndicator, HealthStatus } from './health-indicator.js';

/** What `/health/ready` answers; numbers and flags only, so that no address and no error's text can be in it. */
export interface HealthAnswer {
  readonly status: 'ok' | 'degraded' | 'unavailable';
  readonly checks: Readonly<Record<string, { readonly status: HealthStatus }>>;
}

/** The token of the indicators that `HealthModule.register` was given. */
export const HEALTH_INDICATORS = Symbol('HEALTH_INDICATORS');

/** Asks all indicators; one that throws is down, and a process that is shutting down is unavailable without asking. */
@Injectable()
export class HealthReport {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly shutdown: ShutdownState,
    @Inject(HEALTH_INDICATORS) private readonly indicators: readonly HealthIndicator[],
  ) {}

  async read(): Promise<HealthAnswer> {
    if (this.shutdown.isShuttingDown) return { status: 'unavailable', checks: { shutdown: { status: 'down' } } };
    const checks = await this.askAll();
    const statuses = Object.values(checks).map(({ status }) => status);
    const status = statuses.includes('down') ? 'unavailable' : statuses.includes('degraded') ? 'degraded' : 'ok';
    return { status, checks };
  }

  private async askAll(): Promise<HealthAnswer['checks']> {
    const questions = this.indicators.map((indicator) => () => this.ask(indicator));
    try {
      return (await this.terminus.check(questions)).details as HealthAnswer['checks'];
    } catch (error) {
      // Terminus reports "down" by throwing its whole answer, which an exception filter would turn into something else.
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return (error.getResponse() as { details: HealthAnswer['checks'] }).details;
    }
  }

  private async ask(indicator: HealthIndicator): Promise<HealthIndicatorResult> {
    try {
      const { status, details = {} } = await indicator.check();
      return { [indicator.name]: { ...details, status } };
    } catch {
      // What it threw may quote an address: to be down is all that leaves.
      return { [indicator.name]: { status: 'down' } };
    }
  }
}
