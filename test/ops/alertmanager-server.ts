import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { debianProgram } from '../stack/debian-program.ts';
import { freePort } from '../stack/free-port.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { Service, type Launch } from '../stack/service.ts';
import { ROUTES } from './rules.ts';

/** What a receiver of docker/alertmanager was sent, by the token it came with. */
export interface Notice {
  receiver: string;
  authorization: string | undefined;
  alert: string | undefined;
  status: string;
}

interface HeldAlert {
  labels: Record<string, string>;
  status: { state: 'active' | 'suppressed' | 'unprocessed'; inhibitedBy: string[] };
}

interface Delivery {
  receiver: string;
  alerts: { status: string; labels: Record<string, string> }[];
}

/** An Alertmanager with the configuration of docker/, which waits for nobody and tells the receivers of a test. */
export class AlertmanagerServer {
  private constructor(
    readonly address: string,
    readonly notices: readonly Notice[],
    private readonly service: Service,
    private readonly receivers: Server,
  ) {}

  static async start(): Promise<AlertmanagerServer> {
    const folder = scratchFolder().subfolder('alertmanager');
    const notices: Notice[] = [];
    const receivers = createServer((request, response) => {
      void json(request).then((body) => {
        const { receiver, alerts } = body as Delivery;
        const { authorization } = request.headers;
        notices.push(...alerts.map(({ status, labels }) => ({ receiver, authorization, alert: labels.alertname, status })));
        response.end();
      });
    });
    await new Promise<void>((resolve) => receivers.unref().listen(0, '127.0.0.1', resolve));
    const configFile = join(folder, 'alertmanager.yml');
    writeFileSync(configFile, quickConfiguration(folder, (receivers.address() as AddressInfo).port));
    const address = `127.0.0.1:${await freePort()}`;
    const { command, args, env } = withTemplates(await debianProgram('prometheus-alertmanager', 'prometheus-alertmanager'));
    const settings = [`--config.file=${configFile}`, `--storage.path=${join(folder, 'data')}`, `--web.listen-address=${address}`, '--cluster.listen-address='];
    const service = new Service({
      name: 'alertmanager',
      launch: () => ({ command, args: [...args, ...settings], env }),
      ready: async () => (await fetch(`http://${address}/-/ready`).catch(() => null))?.ok ?? false,
      logFile: join(folder, 'alertmanager.log'),
      registry: scratchFolder().registry,
    });
    await service.start();
    return new AlertmanagerServer(address, notices, service, receivers);
  }

  /** What Prometheus has told it, kept back or not. */
  async held(name: string): Promise<HeldAlert | undefined> {
    const alerts = (await (await fetch(`http://${this.address}/api/v2/alerts`)).json()) as HeldAlert[];
    return alerts.find(({ labels }) => labels.alertname === name);
  }

  async stop(): Promise<void> {
    await this.service.stop();
    this.receivers.closeAllConnections();
    await new Promise((resolve) => this.receivers.close(resolve));
  }
}

/** The routes as they are shipped; only where they lead, the files of the tokens, and how long is waited are others. */
function quickConfiguration(folder: string, port: number): string {
  return readFileSync(ROUTES, 'utf8')
    .replaceAll(/https:\/\/\w+\.example\.com\//g, `http://127.0.0.1:${port}/`)
    .replaceAll(/group_(wait|interval): .*/g, 'group_$1: 1s')
    .replaceAll(/\/run\/secrets\/([\w-]+)/g, (_all, token: string) => {
      const file = join(folder, token);
      writeFileSync(file, `${token}-of-the-test\n`);
      return file;
    });
}

const TEMPLATES = '/usr/share/prometheus/alertmanager/default.tmpl';

/** Debian's reads its templates from where they are installed: unpacked only, it gets a view of the machine in which they are. */
function withTemplates(launch: Launch): Launch {
  const { command, args, env } = launch;
  if (existsSync(TEMPLATES)) return launch;
  const share = join(command, '../../share');
  const script = 'mount --bind "$0" /usr/share && exec "$@"';
  return { command: 'unshare', args: ['--map-root-user', '--mount', '/bin/sh', '-c', script, share, command, ...args], env };
}
