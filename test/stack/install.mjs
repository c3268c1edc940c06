// Plain JavaScript, built-in modules only: it runs before `npm ci`, under the machine's own Node (20 or newer).
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { waitForLock } from './lock.mjs';

/** npm may go on for minutes after a signal. */
const NPM_GRACE_MS = 3_000;

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

// Where Debian, macOS and Homebrew keep what we call; a caller's bare PATH (cron, CI) may miss them.
const STANDARD_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin', '/opt/homebrew/bin'];

/**
 * Installs what package-lock.json names unless it is there already, and gives the Node to run everything else with.
 */
export async function installed() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  process.env.PATH = [...new Set([...folders, ...STANDARD_FOLDERS])].join(delimiter);
  const lock = await waitForLock(join(ROOT, '.loomi', 'install.lock'), (pid) =>
    console.log(`  packages: process ${pid} is installing them, waiting for it`),
  );
  try {
    if (!matchesLock()) await npmCi();
  } finally {
    lock.release();
  }
  return node();
}

/** npm keeps its own record of what it installed; a package of another version, or missing, asks for `npm ci`. */
function matchesLock() {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted)
    .filter(([path]) => path.startsWith('node_modules/'))
    .every(([path, { version, optional, devOptional }]) =>
      path in present ? present[path].version === version : optional === true || devOptional === true,
    );
}

async function npmCi() {
  console.log('  packages: running npm ci (a minute or so on a first run)');
  const started = Date.now();
  // Under `npm start` the running Node may be the one inside node_modules, which npm ci is about to remove.
  const machineNode = process.env.npm_node_execpath ?? process.execPath;
  const [command, ...args] = npmCommand(machineNode);
  // NODE_ENV=production would leave out the tools that build and run the project.
  const env = { ...process.env, PATH: `${dirname(machineNode)}${delimiter}${process.env.PATH}` };
  // Warnings would be about the machine's Node being too old for packages, which run under the pinned one.
  const options = ['--include=dev', '--engine-strict=false', '--loglevel=error', '--no-audit', '--no-fund'];
  const code = await run(command, [...args, 'ci', ...options], { env, graceMs: NPM_GRACE_MS });
  // 128 + n: it was told to stop. What it left half done, the next run does again.
  if (code > 128) process.exit(code);
  if (code !== 0) {
    console.error(`npm ci failed (exit code ${code}); its output above says why. Is the npm registry reachable?`);
    process.exit(1);
  }
  console.log(`  packages: installed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

function npmCommand(machineNode) {
  const besideNode = join(dirname(machineNode), 'npm');
  if (process.env.npm_execpath?.endsWith('npm-cli.js')) return [machineNode, process.env.npm_execpath];
  return [existsSync(besideNode) ? besideNode : 'npm'];
}

function node() {
  const pinned = join(ROOT, 'node_modules', '.bin', 'node');
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major >= 26 || (major === 24 && minor >= 15)) return process.execPath;
  console.error(
    `Loomi Pay needs Node.js 24.15 or newer; this is ${process.version}, and no pinned Node.js is packaged for ` +
      `${process.platform} ${process.arch}. Install Node.js 24 (nodejs.org, or "brew install node@24") and try again.`,
  );
  process.exit(1);
}

/**
 * Runs a program in this terminal, passes signals on to it, and gives its exit code (128 + n for signal n). Where a grace
 * time is given, one that a signal does not end is ended when that is over.
 */
export function run(command, args, { env = process.env, stdio = 'inherit', graceMs } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio });
    const forward = (signal) => {
      child.kill(signal);
      if (graceMs !== undefined) setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
    };
    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
