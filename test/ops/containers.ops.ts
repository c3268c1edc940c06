import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppClient } from '../e2e/app-client.ts';
import { freePort } from '../stack/free-port.ts';
import { ROOT } from '../stack/project.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { Service, type Launch } from '../stack/service.ts';
import { until } from '../stack/until.ts';
import { cage, whyNoCage } from './cage.ts';
import { buildImage, inImage, type Image } from './image.ts';
import { manifestsOf, OVERLAYS, workloadsOf, type Manifest, type Workload } from './manifests.ts';
import { containerOf } from './pod.ts';
import { openSite, type RealSite } from './site.ts';

const WAIT_MS = 60_000;
// npm fetches every package anew where its cache is empty.
const BUILD_MS = 600_000;
const scratch = scratchFolder();
const refusal = whyNoCage();
if (refusal !== null) console.warn(`The containers of the manifests are not started here: ${refusal}`);
const caged = refusal === null ? it : it.skip;

let image: Image;
let site: RealSite;
beforeAll(async () => {
  image = buildImage(scratch.subfolder('image'));
  site = await openSite();
}, BUILD_MS);
afterAll(() => site.stop());

describe('what the steps of the Dockerfile leave', () => {
  it('is the programs and what they need, without a package of development', () => {
    expect(readdirSync(inImage(image, '.')).sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json']);
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
    const wanted = Object.entries(packages).filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional);
    const { packages: installed } = JSON.parse(readFileSync(inImage(image, 'node_modules/.package-lock.json'), 'utf8')) as { packages: object };
    expect(Object.keys(installed).sort()).toEqual(wanted.map(([path]) => path).sort());
    expect(existsSync(inImage(image, 'dist/.sources'))).toBe(false);
    expect(readdirSync(inImage(image, 'dist'), { recursive: true }).filter((file) => String(file).includes('.spec.'))).toEqual([]);
  });

  it('starts without an argument as the API', async () => {
    const [command = '', ...args] = [...image.entrypoint, ...image.cmd];
    expect(command).toBe('node');
    const { service: api } = await serviceOf('plain-api', '/health/live', (ports) => ({
      command: process.execPath,
      args,
      cwd: inImage(image, '.'),
      env: { ...image.env, ...site.settings, ...site.secrets['loomi-pay-api'], ...ports },
    }));
    await api.start();
    await api.stop();
    expect(await api.ended).toBe('exit code 0');
  });
});

interface Locked {
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
}

describe('the containers of the overlays', () => {
  let manifests: Manifest[];
  let folder: string;
  beforeAll(async () => {
    manifests = await manifestsOf('production');
    folder = scratch.subfolder('volumes');
  });

  /** How the container is started: by its own command, as its own user, with what the manifests give it and `extra`. */
  function launchOf(name: string, extra: Record<string, string> = {}, mounts: [string, string][] = []): Launch {
    const container = containerOf(workloadNamed(manifests, name), image, manifests, site, folder);
    for (const [at, source] of mounts) container.mounts.set(at, source);
    return cage({ ...container, env: { ...container.env, ...extra } }, image, scratch.subfolder(name));
  }

  it.each(OVERLAYS.filter((overlay) => overlay !== 'production'))('are the same in %s, so that it is enough to start one of each', async (overlay) => {
    const others = await manifestsOf(overlay);
    expect(workloadsOf(others).map(({ name }) => name)).toEqual(NAMES);
    for (const name of NAMES) {
      const [one, other] = [manifests, others].map((all) => containerOf(workloadNamed(all, name), image, all, site, folder));
      expect(other).toEqual(one);
    }
  });

  caged('migrate an empty database, as a command that ends well', () => {
    const { command, args, env } = launchOf('loomi-pay-migrate');
    expect(spawnSync(command, [...args, '--status'], { env, encoding: 'utf8' })).toMatchObject({ status: 1, stderr: '' });
    expect(spawnSync(command, args, { env, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(spawnSync(command, [...args, '--status'], { env, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  caged('answer their probes, take an order and bring it to Lakala, and stop when told to', async () => {
    const trusted = { LAKALA_BASE_URL: site.lakalaUrl, NODE_EXTRA_CA_CERTS: '/run/test-trust/front.pem' };
    const { service: api, url } = await serviceOf('api', '/health/ready', (ports) => launchOf('loomi-pay-api', ports));
    const { service: processor, url: processorUrl } = await serviceOf('processor', '/health/ready', (ports) =>
      launchOf('loomi-pay-processor', { ...ports, ...trusted }, [['/run/test-trust', site.trust]]),
    );
    try {
      await Promise.all([api.start(), processor.start()]);
      expect(await answersOf(manifests, 'loomi-pay-api', url)).toEqual([200, 200, 200]);
      expect(await answersOf(manifests, 'loomi-pay-processor', processorUrl)).toEqual([200, 200, 200]);
      for (const { pid } of [api, processor]) expect(standingOf(pid)).toEqual(UNPRIVILEGED);
      const app = new AppClient(url, 'shop', await site.key('shop'));
      const { status, body } = await app.create('ORDER-1');
      expect(status).toBe(202);
      await until('the payer to have a page', WAIT_MS, async () => (await app.payment(body.merchant_order_id)).extra_data.payment_url !== undefined);
    } finally {
      await Promise.all([api.stop(), processor.stop()]);
    }
    expect([await api.ended, await processor.ended]).toEqual(['exit code 0', 'exit code 0']);
  });

  caged('have nothing to write on', () => {
    const { command, args, env } = launchOf('loomi-pay-processor');
    const shell = [...args.slice(0, args.lastIndexOf('node')), '/bin/sh', '-c', TRY_TO_WRITE];
    expect(spawnSync(command, shell, { env, encoding: 'utf8' })).toMatchObject({ status: 0, stdout: 'tried\n' });
  });
});

const NAMES = ['loomi-pay-api', 'loomi-pay-processor', 'loomi-pay-migrate'];

function workloadNamed(manifests: readonly Manifest[], name: string): Workload {
  const found = workloadsOf(manifests).find((workload) => workload.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** What each probe of the container is answered. */
async function answersOf(manifests: readonly Manifest[], name: string, url: string): Promise<number[]> {
  const { startupProbe, livenessProbe, readinessProbe } = workloadNamed(manifests, name).container;
  const paths = [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => probe?.httpGet?.path ?? []);
  return Promise.all(paths.map(async (path) => (await fetch(`${url}${path}`)).status));
}

/** Tells where it could. */
const TRY_TO_WRITE = 'for place in / /tmp /app /app/dist /etc /usr/lib /run/lakala-key; do touch "$place/x" 2>&- && echo "$place"; done; echo tried';

/** Four users each and no capability of any kind, from the kernel's own account. */
const UNPRIVILEGED = { Uid: '1000 1000 1000 1000', Gid: '1000 1000 1000 1000', CapEff: '0000000000000000', CapBnd: '0000000000000000', NoNewPrivs: '1', root: 'ro' };

function standingOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').map((line) => line.split(/[:\s]+/));
  const told = Object.keys(UNPRIVILEGED).map((name) => [name, lines.find(([key]) => key === name)?.slice(1).join(' ') ?? '']);
  const [root = ''] = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n').filter((line) => line.split(' ')[4] === '/');
  return { ...(Object.fromEntries(told) as Record<string, string>), root: root.split(' ')[5]?.split(',')[0] ?? '' };
}

/** A program on free ports, the only thing that is not as the manifests say: other programs run on this machine, too. */
async function serviceOf(name: string, path: string, launch: (ports: Record<string, string>) => Launch): Promise<{ service: Service; url: string }> {
  const ports = { PORT: String(await freePort()), MANAGEMENT_PORT: String(await freePort()) };
  const url = `http://127.0.0.1:${ports.PORT}`;
  const ready = (): Promise<boolean> => fetch(`${url}${path}`).then((answer) => answer.ok, () => false);
  const logFile = join(scratch.folder, `${name}.log`);
  return { service: new Service({ name, launch: () => launch(ports), ready, logFile, registry: scratch.registry, graceMs: WAIT_MS }), url };
}
