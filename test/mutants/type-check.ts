import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../stack/project.ts';

/** Type-checks files with other texts than they have. What a removed line leaves unused is no error. */
export class TypeCheck {
  readonly #texts = new Map<string, string>();
  readonly #service: ts.LanguageService;
  #version = 0;

  constructor(files: readonly string[]) {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: object };
    const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, ROOT);
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => ({ ...options, noUnusedLocals: false, noUnusedParameters: false }),
      getScriptFileNames: () => files.map((file) => join(ROOT, file)),
      getScriptVersion: (path) => (this.#texts.has(path) ? `mutant ${this.#version}` : '0'),
      getScriptSnapshot: (path) => {
        const text = this.#texts.get(path) ?? ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (path) => ts.sys.fileExists(path),
      readFile: (path) => ts.sys.readFile(path),
      directoryExists: (path) => ts.sys.directoryExists(path),
      getDirectories: (path) => ts.sys.getDirectories(path),
    });
  }

  /** The first thing that is wrong with these texts; null where nothing is. */
  firstError(texts: ReadonlyMap<string, string>): string | null {
    this.#version += 1;
    this.#texts.clear();
    for (const [file, text] of texts) this.#texts.set(join(ROOT, file), text);
    for (const path of this.#texts.keys()) {
      const [first] = [...this.#service.getSyntacticDiagnostics(path), ...this.#service.getSemanticDiagnostics(path)];
      if (first !== undefined) return ts.flattenDiagnosticMessageText(first.messageText, ' ');
    }
    return null;
  }
}
