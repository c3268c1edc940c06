import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from './image.ts';
import { configurationOf, type Manifest, type Workload } from './manifests.ts';

/** What is not in the manifests. */
export interface Site {
  /** The values that an operator fills in, for those that the overlay leaves empty. */
  settings: Record<string, string>;
  /** Secrets by name, each with its keys. */
  secrets: Record<string, Record<string, string>>;
}

export interface Container {
  command: string[];
  env: Record<string, string>;
  uid: number;
  gid: number;
  groups: number[];
  /** Folders by the path that they are mounted at. */
  mounts: Map<string, string>;
}

/** What a kubelet would start for the workload: the command, all of its environment, its user, and the folders of its volumes. */
export function containerOf(workload: Workload, image: Image, manifests: readonly Manifest[], site: Site, folder: string): Container {
  const { pod, container } = workload;
  const { runAsUser = image.uid, runAsGroup = image.gid, fsGroup } = pod.securityContext ?? {};
  return {
    command: [...(container.command ?? image.entrypoint), ...(container.args ?? (container.command ? [] : image.cmd))],
    env: { ...image.env, ...environmentOf(workload, manifests, site) },
    uid: runAsUser,
    gid: runAsGroup,
    groups: fsGroup === undefined ? [runAsGroup] : [runAsGroup, fsGroup],
    mounts: mountsOf(workload, site, folder),
  };
}

function environmentOf({ container }: Workload, manifests: readonly Manifest[], { settings, secrets }: Site): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    for (const [name, value] of Object.entries(configurationOf(manifests, configMapRef?.name ?? ''))) {
      env[name] = value === '' ? valueIn(settings, name) : value;
    }
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const reference = valueFrom?.secretKeyRef;
    env[name] = reference ? valueIn(secrets[reference.name ?? ''] ?? {}, reference.key) : (value ?? '');
  }
  return env;
}

function mountsOf({ name, pod, container }: Workload, { secrets }: Site, folder: string): Map<string, string> {
  const mounts = new Map<string, string>();
  for (const volume of pod.volumes ?? []) {
    const at = container.volumeMounts?.find((mount) => mount.name === volume.name)?.mountPath;
    if (!volume.secret || at === undefined) throw new Error(`${name}: the volume ${volume.name} is no secret, or not mounted`);
    const source = join(folder, name, volume.name);
    mkdirSync(source, { recursive: true });
    for (const [key, value] of Object.entries(secrets[volume.secret.secretName ?? ''] ?? {})) {
      const file = join(source, key);
      writeFileSync(file, value, { mode: volume.secret.defaultMode ?? 0o644 });
      // Only root may give files away, and only as root are containers started.
      if (process.getuid?.() === 0) chownSync(file, 0, pod.securityContext?.fsGroup ?? 0);
    }
    mounts.set(at, source);
  }
  return mounts;
}

function valueIn(values: Record<string, string>, name: string): string {
  const value = values[name];
  if (value === undefined) throw new Error(`nobody was told to set ${name}`);
  return value;
}
