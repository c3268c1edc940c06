import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianProgram } from '../stack/debian-program.ts';
import { ROOT } from '../stack/project.ts';
import type { Launch } from '../stack/service.ts';

export const RULES = join(ROOT, 'docker', 'prometheus', 'alerts.yml');
export const CONFIGURATION = join(ROOT, 'docker', 'prometheus', 'prometheus.yml');
export const ROUTES = join(ROOT, 'docker', 'alertmanager', 'alertmanager.yml');

export interface AlertRule {
  name: string;
  severity: string;
  runbookUrl: string;
}

/** The alerts of the rules' file, in its order. promtool reads the file as a whole; this needs no more of it. */
export function alertRules(): AlertRule[] {
  const [, ...parts] = readFileSync(RULES, 'utf8').split(/^ +- alert: /m);
  const find = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
  return parts.map((part) => ({
    name: find(part, /^(\w+)/),
    severity: find(part, /severity: (\w+)/),
    runbookUrl: find(part, /runbook_url: (\S+)/),
  }));
}

interface ToolAnswer {
  passed: boolean;
  output: string;
}

/** Runs Prometheus' own tool; gives what it printed and whether it was content. */
export async function promtool(...args: string[]): Promise<ToolAnswer> {
  return answerOf(await debianProgram('promtool', 'prometheus'), args);
}

/** The same of Alertmanager's. */
export async function amtool(...args: string[]): Promise<ToolAnswer> {
  return answerOf(await debianProgram('amtool', 'prometheus-alertmanager'), args);
}

async function answerOf({ command, args: before, env }: Launch, args: readonly string[]): Promise<ToolAnswer> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...before, ...args], { env });
    return { passed: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { passed: false, output: `${stdout}${stderr}` || String(error) };
  }
}
