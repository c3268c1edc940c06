import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { ROOT } from '../stack/project.ts';
import { kustomize } from './kubectl.ts';

export const OVERLAYS = ['production', 'small'] as const;
export type Overlay = (typeof OVERLAYS)[number];

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

/** What a cluster is given for an overlay, the namespace first. */
export async function manifestsOf(overlay: Overlay): Promise<Manifest[]> {
  const namespace = readFileSync(join(ROOT, 'docker/kubernetes/namespace.yaml'), 'utf8');
  const rendered = await kustomize(join(ROOT, 'docker/kubernetes/overlays', overlay));
  return [namespace, rendered].flatMap((text) => loadAll(text) as Manifest[]);
}

/** The one manifest of this kind and name. */
export function named<Kind>(manifests: readonly Manifest[], kind: string, name: string): Kind {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found.length !== 1) throw new Error(`there are ${found.length} of the ${kind} ${name}`);
  return found[0] as Kind;
}

export interface Workload {
  name: string;
  labels: Record<string, string>;
  pod: IPodSpec;
  container: IContainer;
}

/** Whatever runs pods; each has one container. */
export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    if (manifest.kind !== 'Deployment' && manifest.kind !== 'Job') return [];
    const template = (manifest as unknown as IDeployment | IJob).spec?.template;
    const pod = template?.spec;
    const [container, ...more] = pod?.containers ?? [];
    if (!pod || !container || more.length > 0) throw new Error(`${manifest.metadata.name} has not one container`);
    return [{ name: manifest.metadata.name, labels: template.metadata?.labels ?? {}, pod, container }];
  });
}

/** A ConfigMap's values by the name that a pod gives for it. */
export function configurationOf(manifests: readonly Manifest[], name: string): Record<string, string> {
  return named<IConfigMap>(manifests, 'ConfigMap', name).data ?? {};
}
