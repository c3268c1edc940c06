import { loadConfiguration } from './load-configuration.js';
import { declarationsOf, type SettingsClass } from './variable.decorator.js';

/**
 * Reads a settings class again and again, for what its variables' `_FILE`s hold may be replaced under a running process, as
 * a mounted secret is. What the environment itself says never changes.
 */
export class SettingsWatch<T extends object> {
  /**
   * @param known what the process began with.
   * @param onChange told of new values, whole; where it throws, they are tried again at the next look.
   */
  constructor(
    private readonly settings: SettingsClass<T>,
    private known: T,
    private readonly onChange: (changed: T) => void,
    private readonly environment: NodeJS.ProcessEnv = process.env,
  ) {}

  /** One look; resolves with 1 where something had changed, else 0. Rejects where the values are no good: the known ones stay. */
  async runOnce(): Promise<number> {
    const found = loadConfiguration(this.settings, this.environment);
    const properties = [...declarationsOf(this.settings).variables.keys()] as (keyof T)[];
    if (properties.every((property) => found[property] === this.known[property])) return 0;
    this.onChange(found);
    this.known = found;
    return 1;
  }
}
