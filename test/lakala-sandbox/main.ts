import { parseArgs } from 'node:util';
import { startSandbox } from './server.ts';

const USAGE = 'usage: node main.ts --dir <folder> [--port <n, 0 = a free one>] [--host 127.0.0.1] [--public-url <url>]';

function readArguments(): { dir: string; port: number; host: string; publicUrl?: string } {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      'public-url': { type: 'string' },
    },
  });
  const port = Number(values.port);
  if (!values.dir) throw new Error('--dir is required');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port: expected 0 to 65535');
  return { dir: values.dir, port, host: values.host, publicUrl: values['public-url']?.replace(/\/+$/, '') };
}

try {
  const sandbox = await startSandbox(readArguments());
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    sandbox.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.stdout.write(`${JSON.stringify({ listening: sandbox.url })}\n`);
} catch (error) {
  console.error(`lakala sandbox: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 1;
}
