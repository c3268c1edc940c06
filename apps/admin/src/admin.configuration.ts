import { DatabaseSettings } from '#platform/configuration/database.settings.js';
import { Group, Variable } from '#platform/configuration/variable.decorator.js';

/** What the operator's command line may know: the database and who is at the keyboard. No key of Lakala's. */
export class AdminConfiguration {
  @Group(DatabaseSettings)
  readonly database: DatabaseSettings;

  @Variable('LOOMI_OPERATOR', {
    kind: 'string',
    pattern: /^\P{Cc}{1,100}$/u,
    expected: 'a name of at most 100 characters',
    optional: true,
    meaning: 'who runs the command line, kept with every change; without it the user of the operating system',
  })
  readonly operator?: string;
}
