import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { ProcessRegistry } from './process-registry.ts';
import { redisProgram } from './redis-binary.ts';
import { scratchFolder } from './scratch.ts';
import { Service } from './service.ts';

const PING_MS = 1000;

export interface RedisOptions {
  /** Holds the data and the log. */
  dir: string;
  port?: number;
  /** True keeps the data over a restart. */
  appendonly?: boolean;
  /** Further arguments of the server, such as `['--save', '1 1']`. */
  args?: readonly string[];
  logFile?: string;
  registry?: ProcessRegistry;
  onLine?: (line: string) => void;
  /** Hears of a step that takes long: fetching the server. */
  say?: (line: string) => void;
}

export interface RedisServer {
  url: string;
  port: number;
  service: Service;
  readonly pid: number;
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same folder and port, whether it was stopped, killed or still runs. */
  restart(): Promise<void>;
}

/** Starts a private Redis on 127.0.0.1. */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const server = await prepareRedis(options);
  await server.service.start();
  return server;
}

/** Finds a Redis server program, and gives the server, not started yet. */
export async function prepareRedis(options: RedisOptions): Promise<RedisServer> {
  const { dir, appendonly = false, args = [] } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const program = await redisProgram(options.say);
  const port = options.port ?? (await freePort());
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--daemonize', 'no'];
  const service = new Service({
    name: 'redis',
    launch: () => ({ ...program, args: [...settings, '--appendonly', appendonly ? 'yes' : 'no', ...args] }),
    ready: () => answersPing(port),
    logFile: options.logFile ?? join(dir, 'redis.log'),
    registry: options.registry ?? scratchFolder().registry,
    onLine: options.onLine,
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    service,
    get pid() {
      return service.pid;
    },
    stop: () => service.stop(),
    kill: (signal) => service.kill(signal),
    restart: () => service.restart(),
  };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: PING_MS });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    // While it still loads its data it answers -LOADING.
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('+PONG')));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
