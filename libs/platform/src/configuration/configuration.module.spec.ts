import { Test } from '@nestjs/testing';
import { configurationModule } from './configuration.module.js';
import { HttpSettings } from './http.settings.js';
import { loadConfiguration } from './load-configuration.js';
import { Group, Variable } from './variable.decorator.js';

class Configuration {
  @Group(HttpSettings) readonly http: HttpSettings;
  @Variable('LAKALA_TERM_NO', { kind: 'string', meaning: 'a terminal' }) readonly terminal: string;
}

describe('configurationModule', () => {
  test('the configuration is injected by its class, and each group by the class of the group', async () => {
    const loaded = loadConfiguration(Configuration, { LAKALA_TERM_NO: 'T1', PORT: '3005' });
    const module = await Test.createTestingModule({ imports: [configurationModule(Configuration, () => loaded)] }).compile();
    expect(module.get(Configuration)).toBe(loaded);
    expect(module.get(HttpSettings)).toBe(loaded.http);
    await module.close();
  });

  test('an application whose environment is incomplete does not start', async () => {
    const incomplete = Test.createTestingModule({
      imports: [configurationModule(Configuration, () => loadConfiguration(Configuration, {}))],
    });
    await expect(incomplete.compile()).rejects.toThrow('LAKALA_TERM_NO is missing');
  });
});
