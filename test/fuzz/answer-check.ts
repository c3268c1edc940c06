import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { segmentsOf, type FuzzAnswer, type FuzzRequest } from './fuzz-request.ts';
import { readJson } from './json-text.ts';
import { operationsOf, type OpenApiDocument, type Operation } from './openapi-document.ts';

/** Refused before a call is known: by the HTTP parser, or for an address that cannot be decoded. */
const BEFORE_ANY_CALL = [400, 408, 431];
const ACCEPTED_REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** Served beside the document's calls, and not described by it. */
const OUTSIDE_THE_DOCUMENT = /^\/(?:health(?:\/|$)|api\/v1\/(?:docs|openapi\.json))/;

/** Judges answers by the document alone. */
export class AnswerCheck {
  readonly operations: readonly Operation[];
  readonly #ajv = new Ajv2020({ strict: false });

  constructor(document: OpenApiDocument) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document, 'openapi');
    this.operations = operationsOf(document);
  }

  /** The call that a request is meant for; HEAD is GET without the body. */
  operationAt(method: string, path: string): Operation | undefined {
    const wanted = method === 'HEAD' ? 'GET' : method;
    return this.#callsAt(path).find((operation) => operation.method === wanted);
  }

  #callsAt(path: string): Operation[] {
    const segments = segmentsOf(path);
    return this.operations.filter(({ template }) => fits(template.split('/'), segments));
  }

  /** What is wrong with an answer; nothing where all is well. */
  problemsOf(request: FuzzRequest, answer: FuzzAnswer): string[] {
    const { status } = answer;
    const problems = status >= 500 ? [`a ${status}`] : [];
    problems.push(...this.#headerProblems(request, answer));
    const operation = this.operationAt(request.method, request.path);
    problems.push(
      ...(operation ? this.#operationProblems(operation, request, answer) : this.#elsewhereProblems(request, answer)),
    );
    if (status < 400 && request.mustBeRefused !== undefined)
      problems.push(`accepted with ${status}, although ${request.mustBeRefused}`);
    if (status === 400 && request.isValid) problems.push('refused as invalid, although the document allows it');
    return problems;
  }

  /** Whether the document allows this value as the body of the call. */
  allowsBody({ method, template }: Operation, value: unknown): boolean {
    return this.#validator([
      'paths',
      template,
      method.toLowerCase(),
      'requestBody',
      'content',
      'application/json',
      'schema',
    ])(value);
  }

  /** Whether the document allows this text as a parameter. */
  allowsParameter({ method, template, parameters }: Operation, name: string, text: string): boolean {
    const index = parameters.findIndex((parameter) => parameter.name === name);
    if (index < 0) return false;
    const isNumber = parameters[index]?.schema.type === 'integer' && /^-?\d+$/.test(text);
    const validate = this.#validator(['paths', template, method.toLowerCase(), 'parameters', String(index), 'schema']);
    return validate(isNumber ? Number(text) : text);
  }

  #headerProblems({ headers }: FuzzRequest, { headers: answered }: FuzzAnswer): string[] {
    const id = answered['x-request-id'];
    if (typeof id !== 'string' || id === '') return ['no X-Request-Id'];
    const asked = headers['X-Request-Id'];
    const isKept = typeof asked !== 'string' || !ACCEPTED_REQUEST_ID.test(asked) || id === asked;
    return [
      ...(isKept ? [] : ['another X-Request-Id than the one sent']),
      ...(ACCEPTED_REQUEST_ID.test(id) ? [] : ['an X-Request-Id that is not safe to repeat']),
      ...(answered['x-content-type-options'] === 'nosniff' ? [] : ['no X-Content-Type-Options']),
    ];
  }

  #operationProblems({ method, template, responses }: Operation, request: FuzzRequest, answer: FuzzAnswer): string[] {
    const documented = responses[String(answer.status)];
    if (!documented)
      return BEFORE_ANY_CALL.includes(answer.status)
        ? this.#problemProblems(answer)
        : [`${answer.status} is not documented`];
    const missing = Object.entries(documented.headers ?? {})
      .filter(([name, { required }]) => required && answer.headers[name.toLowerCase()] === undefined)
      .map(([name]) => `no ${name}`);
    if (request.method === 'HEAD') return answer.body.length > 0 ? ['a body on HEAD', ...missing] : missing;
    const mediaType = mediaTypeOf(answer);
    if (!documented.content) return answer.body.length > 0 ? ['a body where none is documented', ...missing] : missing;
    if (!(mediaType in documented.content)) return [`${mediaType} is not documented`, ...missing];
    const pointer = [
      'paths',
      template,
      method.toLowerCase(),
      'responses',
      String(answer.status),
      'content',
      mediaType,
      'schema',
    ];
    return [...missing, ...this.#bodyProblems(pointer, answer)];
  }

  /** What belongs to no call: unknown addresses and wrong methods. */
  #elsewhereProblems({ method, path }: FuzzRequest, answer: FuzzAnswer): string[] {
    if (OUTSIDE_THE_DOCUMENT.test(segmentsOf(path).join('/')))
      return answer.status === 204 || method === 'HEAD' || answer.status < 400 ? [] : this.#problemProblems(answer);
    const isKnown = this.#callsAt(path).length > 0;
    if (method === 'OPTIONS' && answer.status === 204) return answer.headers.allow === undefined ? ['no Allow'] : [];
    if (answer.status < 400) return [`${answer.status} where the document has nothing`];
    if (method === 'HEAD') return answer.body.length > 0 ? ['a body on HEAD'] : [];
    const isExpected = [isKnown ? 405 : 404, 405, ...BEFORE_ANY_CALL].includes(answer.status);
    return [
      ...(isExpected ? [] : [`${answer.status} instead of ${isKnown ? 405 : 404}`]),
      ...this.#problemProblems(answer),
    ];
  }

  #problemProblems(answer: FuzzAnswer): string[] {
    if (mediaTypeOf(answer) !== 'application/problem+json') return ['not a problem+json'];
    return this.#bodyProblems(
      ['components', 'schemas', answer.status === 400 ? 'InvalidRequestView' : 'ProblemView'],
      answer,
    );
  }

  #bodyProblems(pointer: readonly string[], answer: FuzzAnswer): string[] {
    const body = readJson(answer.body);
    const validate = this.#validator(pointer);
    if (!validate(body)) return [`not as documented: ${this.#ajv.errorsText(validate.errors)}`];
    const { status, request_id: id } = body as { status?: unknown; request_id?: unknown };
    if (mediaTypeOf(answer) !== 'application/problem+json') return [];
    const isTrue = status === answer.status && id === answer.headers['x-request-id'];
    return isTrue ? [] : ['a problem whose status or request_id is not that of the answer'];
  }

  #validator(pointer: readonly string[]): ValidateFunction {
    const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const reference = `openapi#/${escaped.join('/')}`;
    return this.#ajv.getSchema(reference) ?? this.#ajv.compile({ $ref: reference });
  }
}

function mediaTypeOf({ headers }: FuzzAnswer): string {
  return String(headers['content-type'] ?? '').split(';', 1)[0] ?? '';
}

function fits(wanted: readonly string[], given: readonly string[]): boolean {
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]))
  );
}
