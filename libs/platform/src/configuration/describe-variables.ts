import { expectedBy, mayBeFile } from './variable-rules.js';
import { declarationsOf, type SettingsClass, type VariableOptions } from './variable.decorator.js';

/** One row of the table of variables: what `.env.example` and the README say of it. */
export interface VariableDescription {
  readonly name: string;
  readonly meaning: string;
  readonly expected: string;
  readonly default: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
}

/** Every variable that a settings class and its groups read, in order of declaration; one that may be in a file has a second row for `<name>_FILE`. */
export function describeVariables(settings: SettingsClass<object>): VariableDescription[] {
  const { variables, groups } = declarationsOf(settings);
  const own = [...variables.values()].flatMap(({ name, options }) => describe(name, options));
  return [...own, ...[...groups.values()].flatMap(describeVariables)];
}

function describe(name: string, options: VariableOptions): VariableDescription[] {
  const row: VariableDescription = {
    name,
    meaning: options.meaning,
    expected: expectedBy(options),
    default: options.default?.toString(),
    required: options.default === undefined && !options.optional,
    secret: options.secret ?? (options.kind === 'pem' && options.block === 'PRIVATE KEY'),
  };
  if (!mayBeFile(options)) return [row];
  const meaning = `the path of a file with it, in place of ${name}`;
  return [row, { ...row, name: `${name}_FILE`, meaning, expected: 'a path', required: false, secret: false }];
}
