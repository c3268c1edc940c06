import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/project.ts';

const NOT_OURS = ['node_modules', 'dist', '.loomi', 'coverage', '.git'];

/** Every Markdown page of the project, by its path from the root. */
export function markdownPages(): string[] {
  return globSync('**/*.md', { cwd: ROOT, exclude: (path) => NOT_OURS.includes(path) }).sort();
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

export interface CodeBlock {
  language: string;
  /** What follows the language: `file=pay.py`. */
  info: string;
  code: string;
}

/** The fenced code blocks of a page. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```([\w-]*)[ \t]*(.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', info = '', code = '']) => {
    return { language, info: info.trim(), code };
  });
}

/** The page without its code, in which nothing is a link or a heading. */
export function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, (code) => 'x'.repeat(code.length));
}

/** The rows of every table whose header has this first cell, each as its cells. */
export function tableRows(markdown: string, firstHeader: string): string[][] {
  const rows = markdown.split('\n').map((line) => (line.startsWith('|') ? cellsOf(line) : null));
  const found: string[][] = [];
  let inside = false;
  for (const row of rows) {
    if (row === null) inside = false;
    else if (row[0] === firstHeader) inside = true;
    else if (inside && !/^:?-+:?$/.test(row[0] ?? '')) found.push(row);
  }
  return found;
}

function cellsOf(line: string): string[] {
  return line.split('|').slice(1, -1).map((cell) => cell.trim());
}
