/** The sandbox's own time: the machine's, moved by what a test asked for. It goes on running once moved. */
export interface SandboxClock {
  nowMs(): number;
  offsetMs(): number;
  moveTo(offsetMs: number): void;
}

export function sandboxClock(offsetMs: number): SandboxClock {
  let offset = offsetMs;
  return {
    nowMs: () => Date.now() + offset,
    offsetMs: () => offset,
    moveTo: (next) => {
      offset = next;
    },
  };
}
