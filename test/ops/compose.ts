import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { ROOT } from '../stack/project.ts';

export interface ComposeService {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
}

export interface Compose {
  services: Record<string, ComposeService>;
}

const FILE = join(ROOT, 'docker', 'compose.yaml');

/** The Compose file as it stands, its variables not filled in. */
export function shippedCompose(): Compose {
  return load(readFileSync(FILE, 'utf8'), { schema: CORE_SCHEMA.withTags(mergeTag) }) as Compose;
}

/** The variables that the file is filled in with. */
export function variablesOfCompose(): string[] {
  const named = readFileSync(FILE, 'utf8').matchAll(/(?<!\$)\$\{(\w+)(?::[?-][^}]*)?\}/g);
  return [...new Set([...named].map(([, name = '']) => name))];
}

/** One variable of a service with these filled in; the default of one that is not there. */
export function filledIn(text: string, values: Record<string, string>): string {
  return text
    .replaceAll(/(?<!\$)\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_all, name: string, how?: string, otherwise?: string) => {
      const value = values[name] || (how === '-' ? otherwise : undefined);
      if (value === undefined) throw new Error(`${name} is not set`);
      return value;
    })
    .replaceAll('$$', '$');
}
