import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from './load-configuration.js';
import { SettingsWatch } from './settings-watch.js';
import { Variable } from './variable.decorator.js';

class Settings {
  @Variable('SERIAL', { kind: 'string', orFile: true, pattern: /^\d+$/, meaning: 'a number' })
  readonly serial: string;
}

const folder = mkdtempSync(join(tmpdir(), 'settings-watch-'));
const file = join(folder, 'serial');
const environment = { SERIAL_FILE: file };

afterAll(() => rmSync(folder, { recursive: true }));

it('tells of a file that was replaced, once, and keeps what it knows while the new one is no good', async () => {
  writeFileSync(file, '1\n');
  const heard: string[] = [];
  const watch = new SettingsWatch(Settings, loadConfiguration(Settings, environment), ({ serial }) => heard.push(serial), environment);
  expect(await watch.runOnce()).toBe(0);
  writeFileSync(file, 'half a se');
  await expect(watch.runOnce()).rejects.toThrow('SERIAL is not valid');
  writeFileSync(file, '22');
  expect([await watch.runOnce(), await watch.runOnce()]).toEqual([1, 0]);
  expect(heard).toEqual(['22']);
});

it('tells again of what its hearer could not take', async () => {
  writeFileSync(file, '1');
  let tries = 0;
  const hearer = () => {
    tries += 1;
    if (tries === 1) throw new Error('not now');
  };
  const watch = new SettingsWatch(Settings, loadConfiguration(Settings, environment), hearer, environment);
  writeFileSync(file, '2');
  await expect(watch.runOnce()).rejects.toThrow('not now');
  expect([await watch.runOnce(), tries]).toEqual([1, 2]);
});
