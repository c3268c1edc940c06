/** The file cannot be read as a settlement file, so nothing of it is kept. Its message names the line, and no value of it. */
export class MalformedFile extends Error {
  override name = 'MalformedFile';

  constructor(path: string, lineNo: number | null, problem: string) {
    super(`${path}${lineNo === null ? '' : `, line ${lineNo}`}: ${problem}`);
  }
}
