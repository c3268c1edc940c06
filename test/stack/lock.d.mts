export interface HeldLock {
  release(): void;
}

/** What tells a process from a later one with the same number; null when no such process runs. */
export function processIdentity(pid: number): string | null;

/** Takes the lock file for this process, or says which process holds it. A lock whose holder died is taken over. */
export function tryLock(file: string): HeldLock | { heldBy: number };

/** Like tryLock, but waits until the holder has finished. */
export function waitForLock(file: string, onWait?: (heldBy: number) => void): Promise<HeldLock>;

/** The command line of a process; empty when no such process runs. */
export function commandLine(pid: number): string;
