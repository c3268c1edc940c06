// The load generator: a process of its own, so that it shares no event loop with what starts and watches everything.
import { closedLoop } from './closed-loop.ts';
import { commits, events } from './events.ts';
import type { Job, Measurement, Overload } from './jobs.ts';
import { lifecycles, pages, steadyLifecycles } from './lifecycles.ts';
import { openLoop } from './open-loop.ts';
import { overload } from './overload.ts';
import { signatures, signedCalls } from './signed-calls.ts';

function perform(job: Job): Promise<Measurement | Overload> {
  switch (job.kind) {
    case 'closed':
      return closedLoop(job);
    case 'open':
      return openLoop(job);
    case 'lifecycles':
      return lifecycles(job);
    case 'steady-lifecycles':
      return steadyLifecycles(job);
    case 'pages':
      return pages(job);
    case 'signed-calls':
      return signedCalls(job);
    case 'signatures':
      return signatures(job);
    case 'events':
      return events(job);
    case 'commits':
      return commits(job);
    case 'overload':
      return overload(job);
  }
}

process.on('message', (job: Job) => {
  perform(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
