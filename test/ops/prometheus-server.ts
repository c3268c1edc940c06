import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from '../stack/debian-program.ts';
import { freePort } from '../stack/free-port.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { Service } from '../stack/service.ts';
import { CONFIGURATION, RULES } from './rules.ts';

export interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: 'pending' | 'firing';
}

interface RuleGroup {
  rules: { name: string; query: string; health: string }[];
}

/** A Prometheus with the configuration and rules of docker/, faster and with the targets of a test. */
export class PrometheusServer {
  private constructor(
    private readonly service: Service,
    private readonly url: string,
  ) {}

  /**
   * @param targets `host:port` by the name of the job.
   * @param alertmanager `host:port` of whom to tell of alerts.
   */
  static async start(targets: Readonly<Record<string, string[]>>, alertmanager: string): Promise<PrometheusServer> {
    const folder = scratchFolder().subfolder('prometheus');
    writeFileSync(join(folder, 'alerts.yml'), quickRules());
    const configFile = join(folder, 'prometheus.yml');
    writeFileSync(configFile, quickConfiguration(targets, alertmanager));
    const address = `127.0.0.1:${await freePort()}`;
    const { command, args, env } = await debianProgram('prometheus', 'prometheus');
    const settings = [`--config.file=${configFile}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`];
    const service = new Service({
      name: 'prometheus',
      launch: () => ({ command, args: [...args, ...settings], env }),
      ready: async () => (await fetch(`http://${address}/-/ready`).catch(() => null))?.ok ?? false,
      logFile: join(folder, 'prometheus.log'),
      registry: scratchFolder().registry,
    });
    await service.start();
    return new PrometheusServer(service, `http://${address}`);
  }

  stop(): Promise<void> {
    return this.service.stop();
  }

  /** The result's samples by their labels, as `{"instance":"…"}`. Throws what Prometheus says of a query it cannot read. */
  async query(expression: string): Promise<{ labels: Record<string, string>; value: number }[]> {
    const { result } = await this.ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
      `query?${new URLSearchParams({ query: expression }).toString()}`,
    );
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async rules(): Promise<RuleGroup['rules']> {
    return (await this.ask<{ groups: RuleGroup[] }>('rules')).groups.flatMap(({ rules }) => rules);
  }

  async firing(): Promise<Alert[]> {
    return (await this.ask<{ alerts: Alert[] }>('alerts')).alerts.filter(({ state }) => state === 'firing');
  }

  private async ask<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; data: Data; error?: string };
    if (answer.status !== 'success') throw new Error(`Prometheus says: ${answer.error}`);
    return answer.data;
  }
}

/** Each expression as it is shipped; only how long it must hold is shorter. */
function quickRules(): string {
  return readFileSync(RULES, 'utf8').replaceAll(/^( +)for: .*$/gm, '$1for: 2s');
}

function quickConfiguration(targets: Readonly<Record<string, string[]>>, alertmanager: string): string {
  const quick = readFileSync(CONFIGURATION, 'utf8').replaceAll(/(scrape|evaluation)_interval: .*/g, '$1_interval: 1s').replace('alertmanager:9093', alertmanager);
  return Object.entries(targets).reduce((text, [job, addresses]) => {
    const block = new RegExp(`(job_name: ${job}\\n +)dns_sd_configs:\\n(?: {6,}.*\\n)+`);
    if (!block.test(text)) throw new Error(`the configuration has no job ${job} that finds its targets by name`);
    return text.replace(block, `$1static_configs: [{ targets: ${JSON.stringify(addresses)} }]\n`);
  }, quick);
}
