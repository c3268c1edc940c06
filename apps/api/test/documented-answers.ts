import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenAPIObject } from '@nestjs/swagger';

interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, unknown>>;
}
type DocumentedPath = Readonly<Record<string, { readonly responses: Readonly<Record<string, DocumentedResponse>> }>>;

/** What of an answer a spec looks at. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly body: unknown;
}

/** Checks answers against the OpenAPI document, so that every spec is also a test of the document. */
export class DocumentedAnswers {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(private readonly document: OpenAPIObject) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(document, 'openapi');
  }

  /** Throws where an answer has another status, header, content type or body than the document says. */
  check(method: string, url: string, answer: Answer): void {
    const path = url.split('?', 1)[0] ?? '';
    const template = Object.keys(this.document.paths).find((candidate) => fits(candidate, path));
    const pathItem = template === undefined ? undefined : (this.document.paths[template] as DocumentedPath);
    const operation = pathItem?.[method.toLowerCase()];
    if (!answer.headers['x-request-id']) throw new Error('the answer has no X-Request-Id');
    if (!operation) return this.checkProblem(path, answer);
    const documented = operation.responses[String(answer.status)];
    if (!documented) throw new Error(`${method} ${template} answered ${answer.status}, which is not documented`);
    for (const [name, header] of Object.entries(documented.headers ?? {})) {
      const isMissing = answer.headers[name.toLowerCase()] === undefined;
      if (header.required && isMissing) throw new Error(`${method} ${template}: ${answer.status} lacks ${name}`);
    }
    const mediaType = (answer.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
    if (!documented.content) return;
    const pointer = ['paths', template ?? '', method.toLowerCase(), 'responses', String(answer.status), 'content', mediaType, 'schema'];
    if (!documented.content[mediaType]) throw new Error(`${method} ${template}: ${answer.status} as ${mediaType} is not documented`);
    this.validate(pointer, bodyOf(answer));
  }

  /** What belongs to no call: unknown addresses and wrong methods. */
  private checkProblem(path: string, answer: Answer): void {
    if (answer.status < 400 || path.startsWith('/health')) return;
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const name = answer.status === 400 ? 'InvalidRequestView' : 'ProblemView';
    this.validate(['components', 'schemas', name], bodyOf(answer));
  }

  private validate(pointer: readonly string[], body: unknown): void {
    const reference = `openapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const validate: ValidateFunction = this.ajv.getSchema(reference) ?? this.ajv.compile({ $ref: reference });
    if (!validate(body)) {
      throw new Error(`the answer is not as documented: ${this.ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`);
    }
  }
}

/** supertest knows JSON by its own name and by `+json`. */
function bodyOf(answer: Answer): unknown {
  return answer.text === '' ? undefined : (JSON.parse(answer.text) as unknown);
}

function fits(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith('{') || part === given[index]);
}
