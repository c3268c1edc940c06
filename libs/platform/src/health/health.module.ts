import { Module, type DynamicModule, type FactoryProvider, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ShutdownModule } from '../shutdown/shutdown-state.js';
import type { HealthIndicator } from './health-indicator.js';
import { HealthController } from './health.controller.js';
import { HEALTH_INDICATORS, HealthReport } from './health-report.js';

/** What health asks about: indicators, or a function that makes them of what is injected. */
export interface HealthOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  readonly indicators: readonly HealthIndicator[] | ((...injected: never[]) => readonly HealthIndicator[]);
}

/** The three health paths of a deployable, outside any global prefix that the app excludes `health` from. */
@Module({})
export class HealthModule {
  /** Health with these indicators; brings `ShutdownModule`, by which a stopping process turns unready. */
  static register({ imports = [], inject = [], indicators }: HealthOptions): DynamicModule {
    const useFactory = typeof indicators === 'function' ? indicators : () => indicators;
    return {
      module: HealthModule,
      imports: [...imports, ShutdownModule, TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [HealthReport, { provide: HEALTH_INDICATORS, inject, useFactory }],
    };
  }
}
