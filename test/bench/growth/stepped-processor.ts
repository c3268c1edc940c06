import { join } from 'node:path';
import { until } from '../../stack/until.ts';
import { ROOT } from '../../stack/project.ts';

const BUDGET_MS = 5_000;

interface Pass {
  runOnce(): Promise<number>;
}

/** The processor in this process, from the build and in its own wiring, with loops that stand still: each pass is asked for. */
export interface SteppedProcessor {
  /** Renews its share of Lakala's budget, which lasts for seconds; resolves once it is there. */
  renewBudget(): Promise<void>;
  /** Passes of the inquirer until no payment order is due. */
  workPayments(): Promise<void>;
  /** One pass of the relay; gives how much it did. */
  relay(): Promise<number>;
  close(): Promise<void>;
}

export async function openProcessor(env: NodeJS.ProcessEnv): Promise<SteppedProcessor> {
  const [{ NestFactory }, { FastifyAdapter }] = await Promise.all([import('@nestjs/core'), import('@nestjs/platform-fastify')]);
  const built = await loadBuilt();
  const configuration = built.loadConfiguration(built.ProcessorConfiguration, env);
  const module = built.ProcessorModule.register(configuration, new built.SilentLog());
  // Not initialised: that would start the loops.
  const app = await NestFactory.create(module, new FastifyAdapter(), { logger: false, abortOnError: false });
  const part = <Part>(token: Parameters<typeof app.get>[0]): Part => app.get<Part>(token, { strict: false });
  const inHand = part<InstanceType<Built['WorkInHand']>>(built.WorkInHand);
  const budget = part<InstanceType<Built['GatewayBudget']>>(built.GatewayBudget);
  return {
    renewBudget: async () => {
      await part<Pass>(built.ProcessorRegister).runOnce();
      await until('room for a question', BUDGET_MS, () => budget.questionRoom() > 0);
    },
    workPayments: async () => {
      while ((await part<Pass>(built.PAYMENT_INQUIRER).runOnce()) > 0);
      await inHand.idle();
    },
    relay: () => part<Pass>(built.EventRelay).runOnce(),
    close: () => app.close(),
  };
}

type Built = typeof import('#platform/configuration/load-configuration.js') &
  typeof import('#platform/logging/log.js') &
  typeof import('../../../apps/processor/src/processor.module.js') &
  typeof import('../../../apps/processor/src/processor.configuration.js') &
  typeof import('../../../apps/processor/src/processor-register.js') &
  typeof import('../../../apps/processor/src/work.module.js') &
  typeof import('../../../apps/processor/src/gateway/gateway-budget.js') &
  typeof import('../../../apps/processor/src/leases/work-in-hand.js') &
  typeof import('../../../apps/processor/src/relay/event-relay.js');

const PARTS = [
  'libs/platform/src/configuration/load-configuration.js',
  'libs/platform/src/logging/log.js',
  'apps/processor/src/processor.module.js',
  'apps/processor/src/processor.configuration.js',
  'apps/processor/src/processor-register.js',
  'apps/processor/src/work.module.js',
  'apps/processor/src/gateway/gateway-budget.js',
  'apps/processor/src/leases/work-in-hand.js',
  'apps/processor/src/relay/event-relay.js',
];

/** Not imported like other code: it is there only once it was built. */
async function loadBuilt(): Promise<Built> {
  const parts: object[] = await Promise.all(PARTS.map((part) => import(join(ROOT, 'dist', part)) as Promise<object>));
  return Object.assign({}, ...parts) as Built;
}
