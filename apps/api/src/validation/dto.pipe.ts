import { Injectable, type ArgumentMetadata, type PipeTransform, type Type } from '@nestjs/common';
import { getMetadataStorage, validateSync } from 'class-validator';
import { ApiError, validationFailed, type FieldProblem } from '../http/problems.js';

const MAX_UNKNOWN_NAMED = 20;
const MAX_NAME_LENGTH = 80;

const fieldsByDto = new WeakMap<Type, ReadonlySet<string>>();

/**
 * Turns a body, query or path into its DTO without converting anything: what has the wrong type is refused, and so is
 * a field that the DTO does not declare. All that is wrong is told at once.
 */
@Injectable()
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (type === 'custom' || metatype === undefined || !isDto(metatype)) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const detail = 'A JSON object is expected as the body.';
      throw new ApiError('malformed_json', detail, { errors: [{ field: 'body', message: detail }] });
    }
    const declared = declaredFields(metatype);
    const dto = new metatype() as Record<string, unknown>;
    // Only what is declared: a field named `constructor` would mislead class-validator itself.
    for (const [field, item] of Object.entries(value)) if (declared.has(field)) dto[field] = item;
    const problems = [...unknownFields(value, declared), ...brokenRules(dto)];
    if (problems.length > 0) throw validationFailed(problems);
    return dto;
  }
}

function isDto(metatype: Type): boolean {
  return declaredFields(metatype).size > 0;
}

function declaredFields(dto: Type): ReadonlySet<string> {
  const known = fieldsByDto.get(dto);
  if (known) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const fields = new Set(rules.map(({ propertyName }) => propertyName));
  fieldsByDto.set(dto, fields);
  return fields;
}

function unknownFields(value: object, declared: ReadonlySet<string>): FieldProblem[] {
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
