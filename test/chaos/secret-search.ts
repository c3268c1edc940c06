import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosStack } from './chaos-stack.ts';

const CHUNK = 4_194_304;
/** More than the longest secret searched for, so that none hides where two chunks meet. */
const OVERLAP = 1_024;
/** Of the signatures a sample: each costs a pass over every log. */
const SIGNATURES = 100;
const PAYER_IDENTITIES = ['2088000000000000', 'pay***@example.com'];

export interface SecretSearch {
  /** Texts and files looked through. */
  searched: number;
  secrets: number;
  found: string[];
  /** The search finds what was put there for it. */
  findsPlanted: boolean;
}

/** Looks for every secret of the run in all our programs' logs, metrics and traces and in what the API said no with. */
export async function searchSecrets(stack: ChaosStack, problems: Iterable<string>): Promise<SecretSearch> {
  const secrets = await secretsOf(stack);
  const files = readdirSync(stack.logFolder).filter((name) => /^(api|processor)-/.test(name));
  const texts = [...problems].map((text): [string, string] => [`the answer ${text.slice(0, 200)}`, text]);
  for (const { name, managementUrl } of [...stack.apis, ...stack.processors]) {
    texts.push([`the metrics of ${name}`, await (await fetch(`${managementUrl}/metrics`)).text()]);
  }
  texts.push(['the traces', JSON.stringify(stack.collector.spans)]);
  const found = [
    ...(stack.collector.spans.length === 0 ? ['no trace came that could be searched'] : []),
    ...files.flatMap((file) => inFile(join(stack.logFolder, file), secrets).map((kind) => `${kind} is in ${file}`)),
    ...texts.flatMap(([where, text]) => inText(text, secrets).map((kind) => `${kind} is in ${where}`)),
  ];
  return { searched: files.length + texts.length, secrets: secrets.length, found, findsPlanted: findsPlanted(stack, secrets) };
}

/** A log with one secret of each kind in it, past the first chunk: the search must find them all. */
function findsPlanted({ logFolder }: ChaosStack, secrets: readonly Secret[]): boolean {
  const file = join(logFolder, 'planted.log');
  const ofEachKind = [...new Map(secrets.map((secret) => [secret.kind, secret])).values()];
  const lines = ofEachKind.map(({ text }) => `{"level":"debug","message":"${text}"}\n`);
  writeFileSync(file, `${'.'.repeat(CHUNK - OVERLAP)}\n${lines.join('')}`, { mode: 0o600 });
  const found = inFile(file, secrets);
  rmSync(file);
  return ofEachKind.every(({ kind }) => found.includes(kind));
}

interface Secret {
  kind: string;
  text: string;
}

async function secretsOf({ secrets, sandboxFolder, books }: ChaosStack): Promise<Secret[]> {
  const pem = readFileSync(join(sandboxFolder, 'merchant-private-key.pem'), 'utf8');
  const keyLines = pem.split('\n').filter((line) => line.length > 40 && !line.startsWith('-'));
  const { rows } = await books.query<{ signature: string }>(
    `(SELECT signature FROM notifications LIMIT ${SIGNATURES}) UNION ALL
     (SELECT signature FROM outcomes WHERE signature IS NOT NULL LIMIT ${SIGNATURES})`,
  );
  return [
    ...secrets.map((text) => ({ kind: 'a password or API key', text })),
    ...keyLines.map((text) => ({ kind: 'the signing key', text })),
    ...rows.map(({ signature }) => ({ kind: 'a signature', text: signature })),
    ...PAYER_IDENTITIES.map((text) => ({ kind: 'a payer', text })),
    { kind: "an Authorization header of Lakala's", text: 'LKLAPI-SHA256withRSA ' },
    { kind: 'an Authorization header', text: 'Bearer ' },
  ];
}

function inText(text: string, secrets: readonly Secret[]): string[] {
  return [...new Set(secrets.filter((secret) => text.includes(secret.text)).map(({ kind }) => kind))];
}

function inFile(file: string, secrets: readonly Secret[]): string[] {
  const found = new Set<string>();
  const handle = openSync(file, 'r');
  const buffer = Buffer.alloc(CHUNK);
  try {
    for (let at = 0; ; at += CHUNK - OVERLAP) {
      const length = readSync(handle, buffer, 0, CHUNK, at);
      for (const kind of inText(buffer.toString('utf8', 0, length), secrets)) found.add(kind);
      if (length < CHUNK) return [...found];
    }
  } finally {
    closeSync(handle);
  }
}
