import { ConfigurationError } from './configuration.error.js';
import { loadConfiguration } from './load-configuration.js';
import type { SettingsClass } from './variable.decorator.js';

/** The configuration; where it cannot be used, the process says so on standard error, naming all that is wrong, and exits 1. */
export function configurationOrExit<T extends object>(settings: SettingsClass<T>): T {
  try {
    return loadConfiguration(settings);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
