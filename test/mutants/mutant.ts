/** A piece of one file's text, and what stands there in the mutant. */
export interface Cut {
  file: string;
  /** Stands in the file exactly once. */
  find: string;
  /** Nothing when left out: the line is removed. */
  replace?: string;
}

/** The service without one of the lines that guard it, and who must notice. */
export interface Mutant extends Cut {
  name: string;
  /** What the line promises. */
  guards: string;
  /** Further lines that promise the same: each alone can go unnoticed, all of them cannot. */
  also?: readonly Cut[];
  /** The spec that must fail, and the part of a test's name that narrows it down. */
  spec: string;
  test?: string;
}

/** Every cut of the mutant. */
export function cutsOf({ file, find, replace, also = [] }: Mutant): Cut[] {
  return [{ file, find, replace }, ...also];
}

/** The file's text with the cut made. Throws where it does not stand there exactly once, or changes nothing. */
export function cut(text: string, { file, find, replace = '' }: Cut): string {
  const [before, after, ...more] = text.split(find);
  if (find === '' || before === undefined || after === undefined) throw new Error(`${file} has no ${JSON.stringify(find)}`);
  if (more.length > 0) throw new Error(`${file} has ${more.length + 1} times ${JSON.stringify(find)}`);
  if (find === replace) throw new Error(`${file}: the cut changes nothing`);
  return before + replace + after;
}

/** The text of every file that the mutant changes. `read` gives a file's text as it is. */
export function mutated(mutant: Mutant, read: (file: string) => string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const one of cutsOf(mutant)) texts.set(one.file, cut(texts.get(one.file) ?? read(one.file), one));
  return texts;
}
