/** An error as one line for the operator: no stack, no SQL. */
export function describeFailure(error: unknown): string {
  return messageOf(error).replaceAll(/\s*\n\s*/g, ' ').trim();
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Where a name has several addresses and none answers, Node gives the errors in a list and no message.
  if (error.message === '' && error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error.message === '' ? error.name : error.message;
}
