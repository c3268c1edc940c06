import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../stack/project.ts';
import type { Manifest } from './manifests.ts';

const FILE = join(ROOT, 'test', 'ops', 'rendered-manifests.ts');

/** The module that has the types and validators of an API version: Kubernetes' own, or KEDA's. */
export function moduleOf({ apiVersion, kind }: Manifest): string {
  const scope = apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models';
  return `${scope}/${apiVersion}/${kind}`;
}

/**
 * What the API's types have against the manifests, one line each; a field that a type does not have is refused as well,
 * which the validators would let pass. The manifests are read as literals by the TypeScript compiler.
 */
export function typeErrors(manifests: readonly Manifest[]): string[] {
  const source = manifests.map((manifest, index) => {
    const type = `import('${moduleOf(manifest)}').I${manifest.kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest, null, 1)};`;
  });
  const program = programOf(source.join('\n'));
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
    return line === undefined ? text : `${source.join('\n').split('\n')[line]?.trim()}: ${text}`;
  });
}

function programOf(text: string): ts.Program {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const withText: ts.CompilerHost = {
    ...host,
    fileExists: (file) => file === FILE || host.fileExists(file),
    readFile: (file) => (file === FILE ? text : host.readFile(file)),
    getSourceFile: (file, languageVersion, ...rest) =>
      file === FILE ? ts.createSourceFile(file, text, languageVersion) : host.getSourceFile(file, languageVersion, ...rest),
  };
  return ts.createProgram([FILE], options, withText);
}
