import { readFileSync } from 'node:fs';
import { types } from 'node:util';

/** The text that was found and the variable it came by, or the complaint about that variable. */
export type TextOutcome =
  | { readonly variable: string; readonly text: string }
  | { readonly variable: string; readonly complaint: string };

/**
 * Finds the text of variable `name`: inline, or in the file that `<name>_FILE` names, as it is now. `undefined` when neither
 * is set; a complaint when both are, or when the file cannot be read.
 */
export function textOrFile(name: string, environment: NodeJS.ProcessEnv): TextOutcome | undefined {
  const inline = environment[name];
  const path = environment[`${name}_FILE`];
  if (inline && path) return { variable: name, complaint: `and ${name}_FILE are both set` };
  if (inline) return { variable: name, text: inline };
  if (!path) return undefined;
  const variable = `${name}_FILE`;
  try {
    return { variable, text: readFileSync(path, 'utf8') };
  } catch (error) {
    // The system's code (ENOENT, EACCES) tells the operator enough; its message would repeat the path.
    const code = types.isNativeError(error) && 'code' in error ? String(error.code) : 'unreadable';
    return { variable, complaint: `names a file that cannot be read (${code})` };
  }
}
