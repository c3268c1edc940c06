import type { DynamicModule } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { loadConfiguration } from './load-configuration.js';
import { declarationsOf, type SettingsClass } from './variable.decorator.js';

class ConfigurationModule {}

/**
 * A global Nest module that provides the typed configuration under its class, and each of its groups under the group's
 * class. `load` runs once, when Nest starts; a main that has loaded the configuration already passes it on.
 */
export function configurationModule<T extends object>(
  settings: SettingsClass<T>,
  load: () => T = () => loadConfiguration(settings),
): DynamicModule {
  const source = registerAs('configuration', load);
  const groups = [...declarationsOf(settings).groups].map(([property, group]) => ({
    provide: group,
    inject: [settings],
    useFactory: (configuration: T) => (configuration as Record<string, unknown>)[property],
  }));
  return {
    module: ConfigurationModule,
    global: true,
    // The environment is the only source, and the files that hold it are the platform's affair: nothing reads a .env here.
    imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [source] })],
    providers: [{ provide: settings, inject: [source.KEY], useFactory: (configuration: T) => configuration }, ...groups],
    exports: [settings, ...groups.map(({ provide }) => provide)],
  };
}
