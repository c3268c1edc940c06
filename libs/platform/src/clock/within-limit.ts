/** Resolves as `work` does, or with `instead` once `limitMs` have passed; `work` goes on, and its late failure is nobody's. */
export async function withinLimit<T>(work: Promise<T>, limitMs: number, instead: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(instead), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
