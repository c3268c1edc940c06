/** The command was understood and cannot be done. Its message is one line for the operator. */
export class Refusal extends Error {
  override name = 'Refusal';
}
