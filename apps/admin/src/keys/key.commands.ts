import { Option, type Command } from 'commander';
import { SCOPES, type Scope } from '#domain/entities/api-key.entity.js';
import { appId, duration, listOf, networks, positiveDuration, uuid } from '../terminal/arguments.js';
import { changing, reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { facts, table } from '../terminal/table.js';
import { iso } from '../terminal/values.js';
import { issueKeyTo, listKeys, revokeKey, rotateKey, type IssuedKey, type KeyRow } from './keys.js';

interface IssueOptions extends CommandOptions {
  scopes?: Scope[];
  allowIps?: string[] | null;
  expiresIn?: number;
}
interface RotateOptions extends CommandOptions {
  overlap: number;
  expiresIn?: number;
}

export function addKeyCommands(program: Command, session: Session): void {
  const key = program.command('key').description("the apps' API keys");
  addIssue(key, session);
  addRotate(key, session);
  reading(key.command('list').argument('<app_id>', 'whose keys', appId))
    .description("an app's keys; never the keys themselves")
    .action((id: string, options: CommandOptions) =>
      session.answer(options, async ({ manager }) => {
        const keys = (await listKeys(manager, id)).map(keyView);
        return { json: keys, text: table(keys) };
      }),
    );
  changing(key.command('revoke').argument('<key_id>', 'which key', uuid))
    .description('end a key at once')
    .action((id: string, options: CommandOptions) =>
      session.answer(options, async (database, operator) => {
        const revoked = keyView(await database.transaction((manager) => revokeKey(manager, operator, id)));
        return { json: revoked, text: facts(revoked) };
      }),
    );
}

function addIssue(key: Command, session: Session): void {
  changing(key.command('issue').argument('<app_id>', 'for which app', appId))
    .description('make a key; it is shown this once')
    .option('--scopes <list>', `what it may do, some of ${SCOPES.join(',')} (default: all)`, listOf(SCOPES))
    .option('--allow-ips <list>', 'from where it may be used, like 203.0.113.7,198.51.100.0/24 (default: everywhere)', networks)
    .option('--expires-in <time>', 'like 90d (default: never)', positiveDuration)
    .action(async (id: string, { scopes = [...SCOPES], allowIps = null, expiresIn, ...options }: IssueOptions) => {
      const wish = { appId: id, scopes, allowedIps: allowIps, lifetimeSeconds: expiresIn ?? null };
      await session.answer(options, async (database, operator) => {
        const issued = issuedView(await database.transaction((manager) => issueKeyTo(manager, operator, wish)));
        return { json: issued, text: facts(issued) };
      });
    });
}

function addRotate(key: Command, session: Session): void {
  changing(key.command('rotate').argument('<key_id>', 'the key to replace', uuid))
    .description('make a key with the same rights, and let the old one end after the overlap')
    .addOption(new Option('--overlap <time>', 'how long both work').argParser(duration).default(duration('24h'), '24h'))
    .option('--expires-in <time>', 'like 90d (default: as long as the old one was to live)', positiveDuration)
    .action(async (id: string, { overlap, expiresIn, ...options }: RotateOptions) => {
      const wish = { overlapSeconds: overlap, lifetimeSeconds: expiresIn ?? null };
      await session.answer(options, async (database, operator) => {
        const { issued, old } = await database.transaction((manager) => rotateKey(manager, operator, id, wish));
        const view = { ...issuedView(issued), replaces: old.id, replaced_expires_at: iso(old.expires_at) };
        return { json: view, text: facts(view) };
      });
    });
}

function issuedView({ key, row }: IssuedKey) {
  return { id: row.id, key, scopes: row.scopes, ...(row.allowed_ips ? { allowed_ips: row.allowed_ips } : {}), expires_at: iso(row.expires_at) };
}

function keyView({ created_at, expires_at, revoked_at, state, ...row }: KeyRow) {
  const moments = { created_at: iso(created_at), expires_at: iso(expires_at), revoked_at: iso(revoked_at) };
  return { ...row, ...moments, state };
}
