/** Lets so many a second through, evenly, and none saved up for later beyond one. */
export class Throughput {
  private tokens = 1;
  private atMs = performance.now();

  admits(perSecond: number): boolean {
    const nowMs = performance.now();
    this.tokens = Math.min(1, this.tokens + ((nowMs - this.atMs) / 1000) * perSecond);
    this.atMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
