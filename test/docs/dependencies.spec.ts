import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/project.ts';
import { readPage, tableRows } from './markdown.ts';

interface Package {
  dependencies?: Record<string, string>;
  license?: string;
}

interface Lock {
  packages: Record<string, { dev?: boolean; optional?: boolean; resolved?: string; integrity?: string; hasInstallScript?: boolean; link?: boolean }>;
}

/** What may be combined with Apache-2.0 without a duty beyond naming it. */
const LICENCES = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'CC0-1.0', 'Python-2.0'];

const read = <T>(file: string): T => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T;
const { dependencies = {} } = read<Package>('package.json');
const { packages } = read<Lock>('package-lock.json');
const production = Object.entries(packages).filter(([path, { dev }]) => path.startsWith('node_modules/') && !dev);

test('each package of production has its reason, and no other is named', () => {
  const rows = tableRows(readPage('docs/decisions/dependencies.md'), 'package');
  const named = rows.flatMap(([names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  expect(named.sort()).toEqual(Object.keys(dependencies).sort());
});

test('versions are exact, each package is pinned by its hash, and no address of a registry is recorded', () => {
  for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const unpinned = production.filter(([, { integrity, link }]) => !integrity && !link).map(([path]) => path);
  expect(unpinned).toEqual([]);
  expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "https?:/);
});

test('the licence of each package in production is one of those that we may hand on', () => {
  const installed = production.filter(([path]) => existsSync(join(ROOT, path, 'package.json')));
  expect(installed.length).toBeGreaterThan(50);
  const others = installed.flatMap(([path]) => {
    const { license = 'none' } = read<Package>(join(path, 'package.json'));
    const choices = license.replaceAll(/[()]/g, '').split(' OR ');
    return choices.some((choice) => LICENCES.includes(choice)) ? [] : [`${path}: ${license}`];
  });
  expect(others).toEqual([]);
});

test('npm writes the list of what is in production', () => {
  const { stdout } = spawnSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const { bomFormat, components } = JSON.parse(stdout) as { bomFormat: string; components: { purl: string }[] };
  expect(bomFormat).toBe('CycloneDX');
  const listed = components.map(({ purl }) => decodeURIComponent(purl));
  for (const [name, version] of Object.entries(dependencies)) expect(listed).toContain(`pkg:npm/${name}@${version}`);
  expect(listed.filter((purl) => /\/jest@/.test(purl))).toEqual([]);
});
