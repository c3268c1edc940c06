import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { validateSync } from 'class-validator';
import { ApiError, validationFailed, type FieldProblem } from '../http/problems.js';
import { fieldChecksOf, surelyKeepsRules, type FieldChecks } from './field-checks.js';

const MAX_UNKNOWN_NAMED = 20;
const MAX_NAME_LENGTH = 80;

/**
 * Turns a body, query or path into its DTO without converting anything: what has the wrong type is refused, and so is
 * a field that the DTO does not declare. All that is wrong is told at once.
 */
@Injectable()
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (type === 'custom' || metatype === undefined) return value;
    const checks = fieldChecksOf(metatype);
    if (checks.size === 0) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const detail = 'A JSON object is expected as the body.';
      throw new ApiError('malformed_json', detail, { errors: [{ field: 'body', message: detail }] });
    }
    const dto = new metatype() as Record<string, unknown>;
    let hasUnknown = false;
    for (const field of Object.keys(value)) {
      // Only what is declared: a field named `constructor` would mislead class-validator itself.
      if (checks.has(field)) dto[field] = (value as Record<string, unknown>)[field];
      else hasUnknown = true;
    }
    if (hasUnknown || !surelyKeepsRules(dto, checks)) refuseWhatIsWrong(value, dto, checks);
    return dto;
  }
}

function refuseWhatIsWrong(value: object, dto: object, declared: FieldChecks): void {
  const problems = [...unknownFields(value, declared), ...brokenRules(dto)];
  if (problems.length > 0) throw validationFailed(problems);
}

function unknownFields(value: object, declared: FieldChecks): FieldProblem[] {
  const unknown = Object.keys(value).filter((field) => !declared.has(field));
  return unknown.slice(0, MAX_UNKNOWN_NAMED).map((field) => ({
    field: field.length > MAX_NAME_LENGTH ? `${field.slice(0, MAX_NAME_LENGTH).toWellFormed()}…` : field,
    message: 'is not a known field',
  }));
}

function brokenRules(dto: object): FieldProblem[] {
  return validateSync(dto, { validationError: { target: false, value: false } }).flatMap(({ property, constraints = {} }) =>
    [...new Set(Object.values(constraints))].map((message) => ({ field: property, message })),
  );
}
