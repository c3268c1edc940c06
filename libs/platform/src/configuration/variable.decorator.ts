import type { VariableRule } from './variable-rules.js';

/** What is said of a variable besides its kind. */
export interface VariableText {
  /** One line for `.env.example` and the README. */
  readonly meaning: string;
  /** Used when the variable is unset or empty; goes through the same rule as a given text. */
  readonly default?: string | number | boolean;
  /** The field stays `undefined` when the variable is unset. */
  readonly optional?: boolean;
  /** Its value is masked wherever it appears in a log. Private keys and passwords in addresses are, without saying so. */
  readonly secret?: boolean;
  /** What is asked in addition when `NODE_ENV` is `production`. */
  readonly inProduction?: { readonly expected: string; readonly accepts: (text: string) => boolean };
}

/** A variable's kind with its limits, its meaning and its default. */
export type VariableOptions = VariableText & VariableRule;

/** A class whose fields are read from the environment. */
export type SettingsClass<T extends object> = new () => T;

interface Declarations {
  readonly variables: Map<string, { readonly name: string; readonly options: VariableOptions }>;
  readonly groups: Map<string, SettingsClass<object>>;
}

const declared = new WeakMap<object, Declarations>();

/** Fills the field from environment variable `name`, checked by `options` when the process starts. */
export function Variable(name: string, options: VariableOptions): PropertyDecorator {
  return (prototype, property) => {
    ownDeclarations(prototype).variables.set(String(property), { name, options });
  };
}

/** Fills the field with an instance of another settings class, read from the same environment. */
export function Group(settings: SettingsClass<object>): PropertyDecorator {
  return (prototype, property) => {
    ownDeclarations(prototype).groups.set(String(property), settings);
  };
}

/** Every variable and group a settings class declares; a subclass's field replaces the one it inherits. */
export function declarationsOf(settings: SettingsClass<object>): Declarations {
  const variables: Declarations['variables'] = new Map();
  const groups: Declarations['groups'] = new Map();
  for (const prototype of ancestry(settings)) {
    const own = declared.get(prototype);
    own?.variables.forEach((variable, property) => variables.set(property, variable));
    own?.groups.forEach((group, property) => groups.set(property, group));
  }
  return { variables, groups };
}

function ancestry(settings: SettingsClass<object>): object[] {
  const chain: object[] = [];
  let prototype = settings.prototype as object | null;
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) chain.unshift(prototype);
  return chain;
}

function ownDeclarations(prototype: object): Declarations {
  const own = declared.get(prototype) ?? { variables: new Map(), groups: new Map() };
  declared.set(prototype, own);
  return own;
}
