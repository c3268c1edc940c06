/** A piece of JSON that no JavaScript value writes: `1e400`, `1.0`, forty digits. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = Record<string, unknown>;

/** JSON of a value, with raw pieces as they stand. What has no JSON (a bigint, a function) is null. */
export function writeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${writeJson(item)}`).join(',')}}`;
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? JSON.stringify(value) : 'null';
}

/** The JSON value of these bytes, read as leniently as any reader would; undefined where there is none. */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    // Not being JSON is an answer here: most of what a fuzzer makes is none.
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
