import { LOG_LEVELS, type LogLevel } from '../logging/log.js';
import { Variable } from './variable.decorator.js';

/** What every process is told about how to run and how to end. */
export class ProcessSettings {
  @Variable('NODE_ENV', {
    kind: 'choice',
    choices: ['development', 'test', 'production'],
    default: 'development',
    meaning: 'where this runs; production refuses sandbox addresses and demo accounts',
  })
  readonly nodeEnv: 'development' | 'test' | 'production';

  @Variable('LOG_LEVEL', { kind: 'choice', choices: LOG_LEVELS, default: 'info', meaning: 'the least severe lines to write' })
  readonly logLevel: LogLevel;

  // Kubernetes kills after 30 s by default; 25 leaves room for the drain and for the last log line.
  @Variable('SHUTDOWN_GRACE_SECONDS', {
    kind: 'seconds',
    min: 1,
    max: 600,
    default: 25,
    meaning: 'how long a stopping process may take to finish what it holds, the drain included',
  })
  readonly shutdownGraceSeconds: number;

  @Variable('SHUTDOWN_DRAIN_SECONDS', {
    kind: 'seconds',
    min: 0,
    max: 300,
    default: 0,
    meaning: 'how long a stopping process goes on serving after it turned unready, until load balancers have noticed',
  })
  readonly shutdownDrainSeconds: number;
}
