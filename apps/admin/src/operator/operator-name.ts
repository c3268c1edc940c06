import { userInfo } from 'node:os';

/** Who acts: the name given, else the user of the operating system. */
export function operatorName(given: string | undefined): string {
  return given ?? systemUser();
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has; the number is all there is to say then.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
