import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { MEMORY_BOUNDS } from '../stack/programs.ts';
import { ROOT } from '../stack/project.ts';
import { DOCKERFILE, environmentOf, lastOf, shippedStages, type Stage } from './dockerfile.ts';

const image = shippedStages().at(-1) as Stage;

it('the Dockerfile is one that the linter has nothing against', () => {
  expect(validate(readFileSync(DOCKERFILE, 'utf8'))).toEqual([]);
});

it('the linter finds an instruction that is none', () => {
  expect(validate(`${readFileSync(DOCKERFILE, 'utf8')}\nRUNS true\n`)).toHaveLength(1);
});

it('every stage stands on the very Node that the tests run on', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'docker/node/package.json'), 'utf8')) as { version: string };
  expect(shippedStages().map((stage) => stage.image)).toEqual(Array(3).fill(`node:${version}-bookworm-slim`));
  expect(process.versions.node).toBe(version);
});

it('the image runs as a user with a number, who owns none of its files', () => {
  expect(lastOf(image, 'USER')).toEqual(['1000:1000']);
  expect(image.steps.findIndex(({ keyword }) => keyword === 'USER')).toBeGreaterThan(image.steps.findLastIndex(({ keyword }) => keyword === 'COPY'));
});

it('the image is what the other stages made, and nothing is installed in it', () => {
  expect(image.steps.filter(({ keyword }) => ['RUN', 'ADD'].includes(keyword))).toEqual([]);
  const taken = image.steps.filter(({ keyword }) => keyword === 'COPY').map(({ from, args }) => [from, ...args.slice(0, -1)]);
  expect(taken).toEqual([
    [null, 'package.json', 'LICENSE'],
    ['packages', '/build/node_modules'],
    ['build', '/build/dist'],
  ]);
});

it('the image bounds what a process may keep in memory, as in all tests', () => {
  expect(environmentOf(image)).toEqual({ NODE_ENV: 'production', ...MEMORY_BOUNDS });
});
