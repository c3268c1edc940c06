const MAX_LENGTH = 500;

/** Why something failed, for the row's `last_error`. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, MAX_LENGTH);
}
