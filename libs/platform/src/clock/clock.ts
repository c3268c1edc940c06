/** What the signature window takes for the present; an abstract class so that it is its own injection token. */
export abstract class Clock {
  /** Milliseconds since 1970 UTC. What is due, leased or expired follows PostgreSQL's clock instead. */
  abstract nowMs(): number;
}

/** This machine's clock. */
export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }
}
