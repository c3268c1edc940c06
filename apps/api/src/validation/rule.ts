import { ValidateBy, type ValidationArguments } from 'class-validator';

/** Says what is wrong with a value, as the rest of a sentence about the field; undefined where nothing is. */
export type Rule = (value: unknown) => string | undefined;

/** A class-validator decorator of a rule: what is wrong decides the message, so one rule can refuse for several reasons. */
export function Follows(name: string, rule: Rule): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value: unknown) => rule(value) === undefined,
      defaultMessage: (args?: ValidationArguments) => rule(args?.value) ?? 'is not valid',
    },
  });
}

/** A rule for text of a form, `expected` in words. */
export function matching(pattern: RegExp, expected: string): Rule {
  return (value) => {
    if (value === undefined || value === null) return 'is required';
    if (typeof value !== 'string') return 'must be a string';
    return pattern.test(value) ? undefined : `must be ${expected}`;
  };
}
