// The load generator: a process of its own, so that it shares no event loop with what starts and watches everything.
import { closedLoop } from './closed-loop.ts';
import type { Job, Measurement } from './jobs.ts';
import { openLoop } from './open-loop.ts';

function perform(job: Job): Promise<Measurement> {
  switch (job.kind) {
    case 'closed':
      return closedLoop(job);
    case 'open':
      return openLoop(job);
  }
}

process.on('message', (job: Job) => {
  perform(job).then(
    (measurement) => process.send?.({ measurement }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
