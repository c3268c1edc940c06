/** Thrown where a message lacks what we need of it. Names the field, never its value. */
export class MessageError extends Error {
  override readonly name = 'MessageError';

  constructor(
    readonly field: string,
    problem: string,
  ) {
    super(`${field} ${problem}`);
  }
}
