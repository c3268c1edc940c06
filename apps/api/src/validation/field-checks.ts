import type { Type } from '@nestjs/common';
import { getMetadataStorage, ValidationTypes, type MetadataStorage } from 'class-validator';

type DeclaredRule = ReturnType<MetadataStorage['getTargetValidationMetadatas']>[number];

/** Whether a field's value surely keeps the field's rules; false also where only class-validator can tell. */
export type FieldCheck = (dto: object, value: unknown) => boolean;

/** A declared field's name, and its check. */
export type FieldChecks = ReadonlyMap<string, FieldCheck>;

const checksByDto = new WeakMap<Type, FieldChecks>();

/**
 * The fields that a DTO declares by class-validator's decorators; none where the class is no DTO. Prepared once, since
 * what a validateSync costs is the way through the metadata, and not the rules.
 */
export function fieldChecksOf(dto: Type): FieldChecks {
  const known = checksByDto.get(dto);
  if (known) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const rulesByField = Map.groupBy(rules, ({ propertyName }) => propertyName);
  const checks = new Map([...rulesByField].map(([field, itsRules]) => [field, checkOf(itsRules)]));
  checksByDto.set(dto, checks);
  return checks;
}

/** True only where class-validator would find nothing wrong; where false, it must be asked, and has the words. */
export function surelyKeepsRules(dto: Record<string, unknown>, checks: FieldChecks): boolean {
  for (const [field, keepsRules] of checks) if (!keepsRules(dto, dto[field])) return false;
  return true;
}

function checkOf(rules: readonly DeclaredRule[]): FieldCheck {
  if (!rules.every(isUnderstood)) return () => false;
  const conditions = rules.filter(isCondition).map(({ constraints }) => constraints[0] as FieldCheck);
  const checks = rules.filter((rule) => !isCondition(rule)).flatMap(checksOfRule);
  return (dto, value) =>
    !conditions.every((applies) => applies(dto, value)) || checks.every((keepsRule) => keepsRule(dto, value));
}

/** What this file does as class-validator does it: a rule on the value itself, and IsOptional or ValidateIf before it. */
function isUnderstood(rule: DeclaredRule): boolean {
  const isPlain = !rule.each && rule.validateIf === undefined;
  return isPlain && (isCondition(rule) || rule.type === ValidationTypes.CUSTOM_VALIDATION);
}

function isCondition({ type }: DeclaredRule): boolean {
  return type === ValidationTypes.CONDITIONAL_VALIDATION;
}

function checksOfRule({ constraintCls, constraints, propertyName: property }: DeclaredRule): FieldCheck[] {
  const validators = getMetadataStorage().getTargetValidatorConstraints(constraintCls);
  return validators.map(({ instance }) => (object, value) => {
    // A promise is not true: what takes time is class-validator's.
    return instance.validate(value, { value, object, property, constraints, targetName: object.constructor.name }) === true;
  });
}
