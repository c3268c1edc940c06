import { returnPorts } from './free-port.ts';
import { scratchFolder } from './scratch.ts';

/** Stops what the global setup started, and removes its folder. */
export default async function tearDown(): Promise<void> {
  await scratchFolder().registry.close();
  returnPorts();
}
