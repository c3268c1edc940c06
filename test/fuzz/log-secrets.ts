import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FuzzTarget } from './fuzz-target.ts';
import { olderNotification, paidNotification } from './message-bases.ts';
import { isObject } from './json-text.ts';

/** Whole lines of them stand in what was sent: a log that holds one has kept a header or a body. */
const MARKS = ['signature="', 'Bearer ', 'BEGIN PRIVATE KEY'];

/** Where a key, a signature or a payer's identity stands in a log of the service, all of which ran at debug level. */
export function secretsInLogs({ world, keys }: FuzzTarget): string | null {
  const { logFolder } = world.stack;
  const secrets = [...Object.values(keys), ...payerIdentities(), ...MARKS];
  const files = globSync('{api,processor}-*.log', { cwd: logFolder });
  const texts = files.map((file) => ({ file, text: readFileSync(join(logFolder, file), 'utf8') }));
  if (texts.length === 0 || texts.some(({ text }) => !text.includes('"level"'))) return 'there are no logs to search';
  const found = texts.flatMap(({ file, text }) => secretsIn(text, secrets).map((line) => `${file}: ${line}`));
  return found.length === 0 ? null : found.join('\n');
}

/** The first line that holds each secret, without it. */
export function secretsIn(text: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    const line = text.includes(secret) ? text.split('\n').find((candidate) => candidate.includes(secret)) : undefined;
    return line === undefined ? [] : [line.replaceAll(secret, '***')];
  });
}

/** Of the real messages that every notification was made from. */
function payerIdentities(): string[] {
  const nobody = { outOrderNo: '', merchantNo: '', amountFen: 0 };
  const { order_trade_info: trade } = paidNotification(nobody, '');
  const { payerId1, payerId2 } = olderNotification(nobody);
  return [isObject(trade) && trade.user_id1, isObject(trade) && trade.user_id2, payerId1, payerId2].map(String);
}
