import { isObject, type JsonObject } from './json-text.ts';

/** A JSON schema as the document writes it, references resolved where a program looks inside. */
export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
}

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  required?: boolean;
  schema: Schema;
}

export interface Operation {
  method: string;
  /** As in the document, with its `{parameters}`. */
  template: string;
  parameters: Parameter[];
  /** Whether it takes an API key. */
  needsKey: boolean;
  /** The JSON body, where the call takes one. */
  body: Schema | undefined;
  responses: Record<string, DocumentedResponse>;
}

export interface DocumentedResponse {
  headers?: Record<string, { required?: boolean }>;
  content?: Record<string, unknown>;
}

/** The document of a running service, as far as the fuzzer reads it. */
export interface OpenApiDocument {
  paths: Record<string, Record<string, JsonObject>>;
  components: { schemas: Record<string, Schema> };
}

const BODY_SCHEMA = ['content', 'application/json', 'schema'];

export async function fetchDocument(baseUrl: string): Promise<OpenApiDocument> {
  const answer = await fetch(`${baseUrl}/api/v1/openapi.json`);
  if (!answer.ok) throw new Error(`the OpenAPI document is answered with ${answer.status}`);
  return (await answer.json()) as OpenApiDocument;
}

/** Every call the document describes. */
export function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([template, item]) =>
    Object.entries(item).map(([method, described]) => ({
      method: method.toUpperCase(),
      template,
      parameters: (described.parameters ?? []) as Parameter[],
      needsKey: Array.isArray(described.security) && described.security.length > 0,
      body: bodySchema(document, described),
      responses: described.responses as Record<string, DocumentedResponse>,
    })),
  );
}

/** The pointer's last part is the schema's name. */
function bodySchema(document: OpenApiDocument, described: JsonObject): Schema | undefined {
  const schema = BODY_SCHEMA.reduce<unknown>(
    (at, part) => (isObject(at) ? at[part] : undefined),
    described.requestBody,
  );
  if (!isObject(schema)) return undefined;
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  return name === undefined ? schema : document.components.schemas[name];
}
