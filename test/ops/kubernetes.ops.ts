import type { Model } from '@kubernetes-models/base';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { describeVariables } from '#platform/configuration/describe-variables.js';
import { ApiConfiguration } from '../../apps/api/src/api.configuration.js';
import { ProcessorConfiguration } from '../../apps/processor/src/processor.configuration.js';
import { configurationOf, manifestsOf, named, OVERLAYS, workloadsOf, type Manifest, type Overlay, type Workload } from './manifests.ts';
import { moduleOf, typeErrors } from './unknown-fields.ts';

const rendered = new Map<Overlay, Manifest[]>();
beforeAll(async () => {
  for (const overlay of OVERLAYS) rendered.set(overlay, await manifestsOf(overlay));
});
const of = (overlay: Overlay): Manifest[] => rendered.get(overlay) ?? [];

/** What the API's own validator has against a manifest: wrong types, forms and values, and what is missing. */
async function refusalOf(manifest: Manifest): Promise<string | null> {
  const module = (await import(moduleOf(manifest))) as Record<string, new (data: object) => Model<object>>;
  const Kind = module[manifest.kind];
  if (!Kind) return `${moduleOf(manifest)} has no ${manifest.kind}`;
  try {
    new Kind(manifest).validate();
    return null;
  } catch (error) {
    return `${manifest.kind} ${manifest.metadata.name}: ${String(error)}`;
  }
}

describe.each(OVERLAYS)('the overlay %s', (overlay) => {
  it('is what the API of Kubernetes and KEDA take, every field of it known', async () => {
    const refusals = await Promise.all(of(overlay).map(refusalOf));
    expect(refusals.filter((refusal) => refusal !== null)).toEqual([]);
    expect(typeErrors(of(overlay))).toEqual([]);
  });

  it('runs every pod as the restricted profile wants it, with nothing to write on and no token', () => {
    const workloads = workloadsOf(of(overlay));
    expect(workloads.map(({ name }) => name)).toEqual(['loomi-pay-api', 'loomi-pay-processor', 'loomi-pay-migrate']);
    for (const { pod, container } of workloads) {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.volumeMounts?.every(({ readOnly }) => readOnly === true) ?? true).toBe(true);
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(named<IServiceAccount>(of(overlay), 'ServiceAccount', pod.serviceAccountName ?? '').automountServiceAccountToken).toBe(false);
    }
  });

  it('names requests and a limit of memory, and an image with a version', () => {
    for (const { container } of workloadsOf(of(overlay))) {
      expect(Object.keys(container.resources?.requests ?? {})).toEqual(['cpu', 'memory']);
      expect(container.resources?.limits).toEqual({ memory: expect.stringMatching(/^\d+Mi$/) as unknown });
      expect(container.image).toMatch(/^loomi-pay:\d+\.\d+\.\d+$/);
    }
  });

  it('probes both by the ports they listen on, and gives them longer to stop than they take', () => {
    for (const { pod, container } of servicesOf(overlay)) {
      const settings = settingsOf(overlay, container);
      expect(container.ports).toEqual([
        { name: 'http', containerPort: Number(settings.PORT) },
        { name: 'management', containerPort: Number(settings.MANAGEMENT_PORT) },
      ]);
      expect(container.startupProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
      expect(container.livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
      expect(container.readinessProbe?.httpGet).toEqual({ path: '/health/ready', port: 'http' });
      const seconds = Number(settings.SHUTDOWN_GRACE_SECONDS) + Number(settings.SHUTDOWN_DRAIN_SECONDS);
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(seconds);
    }
  });

  it('gives each the variables it reads and no other, what is required among them', () => {
    const read = { 'loomi-pay-api': ApiConfiguration, 'loomi-pay-processor': ProcessorConfiguration };
    for (const [name, configuration] of Object.entries(read)) {
      const { container } = workloadNamed(overlay, name);
      const given = [...Object.keys(settingsOf(overlay, container)), ...(container.env ?? []).map((variable) => variable.name)];
      const known = describeVariables(configuration);
      expect(given.filter((variable) => !known.some((entry) => entry.name === variable.replace(/_FILE$/, '')))).toEqual([]);
      const required = known.filter((entry) => entry.required).map((entry) => entry.name);
      expect(required.filter((variable) => !given.includes(variable) && !given.includes(`${variable}_FILE`))).toEqual([]);
    }
  });

  it('has no secret in it, and shows each pod its own only', () => {
    expect(of(overlay).filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const text = JSON.stringify(of(overlay));
    expect(text).not.toMatch(/-----BEGIN|postgres(ql)?:\/\/|rediss?:\/\//);
    const secrets = workloadsOf(of(overlay)).map(({ name, pod, container }) => [name, secretsOf(pod, container)]);
    expect(Object.fromEntries(secrets)).toEqual({
      'loomi-pay-api': ['loomi-pay-api', 'loomi-pay-lakala-trust'],
      'loomi-pay-processor': ['loomi-pay-lakala-key', 'loomi-pay-lakala-trust', 'loomi-pay-processor'],
      'loomi-pay-migrate': ['loomi-pay-migrate'],
    });
  });

  it('lets the management port be reached from monitoring alone, and only the processor reach Lakala', () => {
    for (const { name, labels, container } of workloadsOf(of(overlay))) {
      const { spec } = named<INetworkPolicy>(of(overlay), 'NetworkPolicy', name);
      expect(spec?.podSelector?.matchLabels).toEqual(labels);
      expect(spec?.policyTypes).toEqual(['Ingress', 'Egress']);
      const toManagement = (spec?.ingress ?? []).filter(({ ports }) => ports?.some(({ port }) => port === 'management'));
      expect(toManagement).toHaveLength(container.ports ? 1 : 0);
      for (const { from } of toManagement) expect(from).toEqual([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }]);
      const https = (spec?.egress ?? []).some(({ ports }) => ports?.some(({ port }) => port === 443));
      expect(https).toBe(name === 'loomi-pay-processor');
    }
  });

  it('selects, spreads and protects the pods that it makes', () => {
    for (const { name, labels, pod } of servicesOf(overlay)) {
      expect(named<IDeployment>(of(overlay), 'Deployment', name).spec?.selector.matchLabels).toEqual(labels);
      expect(named<{ spec: object }>(of(overlay), 'PodDisruptionBudget', name).spec).toMatchObject({ selector: { matchLabels: labels }, maxUnavailable: 1 });
      const spread = (pod.topologySpreadConstraints ?? []).map(({ topologyKey, labelSelector }) => [topologyKey, labelSelector?.matchLabels]);
      expect(spread).toEqual([['topology.kubernetes.io/zone', labels], ['kubernetes.io/hostname', labels]]);
    }
    expect(named<{ spec: object }>(of(overlay), 'Service', 'loomi-pay-api').spec).toMatchObject({ selector: workloadNamed(overlay, 'loomi-pay-api').labels });
  });

  it('can have its migration applied first, by a label', () => {
    const first = of(overlay).filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'migrate');
    expect(first.map(({ kind }) => kind).sort()).toEqual(['Job', 'NetworkPolicy', 'ServiceAccount']);
    expect(workloadNamed(overlay, 'loomi-pay-migrate').container.envFrom).toBeUndefined();
  });
});

it('a field that the API does not have, a wrong type and a wrong value are refused', async () => {
  const { spec, ...rest } = named<IDeployment & Manifest>(of('small'), 'Deployment', 'loomi-pay-api');
  expect(typeErrors([{ ...rest, spec: { ...spec, replica: 2 } } as Manifest]).join()).toContain('does not exist in type');
  expect(typeErrors([{ ...rest, spec: { ...spec, replicas: '2' } } as Manifest]).join()).toContain('not assignable');
  expect(await refusalOf({ ...rest, spec: { ...spec, replicas: '2' } } as Manifest)).toContain('replicas');
  expect(await refusalOf({ ...rest, spec: { ...spec, template: undefined } } as Manifest)).toContain('template');
});

const workloadNamed = (overlay: Overlay, name: string): Workload => {
  const found = workloadsOf(of(overlay)).find((workload) => workload.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};

const servicesOf = (overlay: Overlay): Workload[] => workloadsOf(of(overlay)).filter(({ container }) => container.ports !== undefined);

/** The values that stand in the manifests. */
function settingsOf(overlay: Overlay, { env = [], envFrom = [] }: IContainer): Record<string, string> {
  const maps = envFrom.map(({ configMapRef }) => configurationOf(of(overlay), configMapRef?.name ?? ''));
  return Object.assign({}, ...maps, Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])))) as Record<string, string>;
}

function secretsOf(pod: Workload['pod'], { env = [] }: IContainer): string[] {
  const named = env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []);
  return [...new Set([...named, ...(pod.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? [])])].sort();
}
