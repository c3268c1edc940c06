import { validateSync } from 'class-validator';
import { registerSecret, registerSecretsOfUrl } from '../logging/secrets.js';
import { ConfigurationError, type ConfigurationProblem } from './configuration.error.js';
import { readPem } from './pem.js';
import { textOrFile } from './text-or-file.js';
import { expectedBy, mayBeFile, parseText, type VariableValue } from './variable-rules.js';
import { declarationsOf, type SettingsClass, type VariableOptions } from './variable.decorator.js';

/**
 * Reads a settings class from the environment, once. The instance and its groups are frozen; secrets among the values
 * are registered with the log's mask. Class-validator decorators on the fields are asked too.
 * @throws ConfigurationError naming every missing or bad variable at once.
 */
export function loadConfiguration<T extends object>(
  settings: SettingsClass<T>,
  environment: NodeJS.ProcessEnv = process.env,
): T {
  const problems: ConfigurationProblem[] = [];
  const configuration = readSettings(settings, environment, problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

function readSettings<T extends object>(
  settings: SettingsClass<T>,
  environment: NodeJS.ProcessEnv,
  problems: ConfigurationProblem[],
): T {
  const { variables, groups } = declarationsOf(settings);
  const instance = new settings();
  const readable = new Map<string, string>();
  for (const [property, { name, options }] of variables) {
    const outcome = readVariable(name, options, environment);
    if ('complaint' in outcome) {
      problems.push(outcome);
      continue;
    }
    Object.assign(instance, { [property]: outcome.value });
    if (outcome.value !== undefined) readable.set(property, name);
  }
  problems.push(...decoratorProblems(instance, readable));
  for (const [property, group] of groups) {
    Object.assign(instance, { [property]: readSettings(group, environment, problems) });
  }
  return Object.freeze(instance);
}

type Outcome = ConfigurationProblem | { readonly value: VariableValue | undefined };

function readVariable(name: string, options: VariableOptions, environment: NodeJS.ProcessEnv): Outcome {
  const expected = expectedBy(options);
  let text = environment[name] || options.default?.toString();
  if (options.kind === 'string' && options.orFile) {
    const found = textOrFile(name, environment);
    if (found && 'complaint' in found) return { ...found, expected };
    text = found?.text.trim();
  }
  if (options.kind === 'pem') {
    const found = readPem(name, options.block, environment);
    if (found && 'complaint' in found) return { ...found, expected };
    text = found?.pem;
  }
  if (text === undefined) {
    if (options.optional) return { value: undefined };
    const variable = mayBeFile(options) ? `${name} (or ${name}_FILE)` : name;
    return { variable, complaint: 'is missing', expected };
  }
  maskInLogs(options, text);
  const value = parseText(options, text);
  if (value === undefined) return { variable: name, complaint: 'is not valid', expected };
  const { inProduction } = options;
  if (inProduction && environment.NODE_ENV === 'production' && !inProduction.accepts(text)) {
    return { variable: name, complaint: 'is not allowed in production', expected: inProduction.expected };
  }
  return { value };
}

function maskInLogs(options: VariableOptions, text: string): void {
  if (options.kind === 'url' || options.kind === 'redis-url') registerSecretsOfUrl(text);
  const isPrivateKey = options.kind === 'pem' && options.block === 'PRIVATE KEY';
  if (options.secret || isPrivateKey) registerSecret(text);
}

function decoratorProblems(instance: object, readable: ReadonlyMap<string, string>): ConfigurationProblem[] {
  // A settings class without class-validator decorators is fine: its variables' rules are the check.
  const errors = validateSync(instance, { forbidUnknownValues: false });
  return errors.flatMap(({ property, constraints = {} }) => {
    const variable = readable.get(property);
    if (variable === undefined) return [];
    const expected = Object.values(constraints).map((message) => message.replace(`${property} `, 'that it '));
    return [{ variable, complaint: 'is not valid', expected: expected.join(' and ') }];
  });
}
