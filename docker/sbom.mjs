// `npm run sbom`: a CycloneDX list of what is in production, to standard output. npm writes the list; its own --omit=dev
// leaves out whatever a tool for development needs as well, so what is for production only is taken from the lock.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const inProduction = new Set(
  Object.entries(packages)
    .filter(([path, { dev }]) => path.includes('node_modules/') && !dev)
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`),
);

const written = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 });
if (written.status !== 0) {
  process.stderr.write(written.stderr);
  process.exit(1);
}
const list = JSON.parse(written.stdout);
list.components = list.components.filter(({ name, version }) => inProduction.has(`${name}@${version}`));
const listed = new Set([list.metadata.component['bom-ref'], ...list.components.map((component) => component['bom-ref'])]);
list.dependencies = list.dependencies
  .filter(({ ref }) => listed.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((needed) => listed.has(needed)) }));
process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
