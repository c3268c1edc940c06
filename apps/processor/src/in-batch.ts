import type { DataSource } from 'typeorm';
import { WriteBatch } from '#domain/moves/write-batch.js';

/** A transaction of its own, whose batch is written when the work is done. */
export async function inBatch<Result>(dataSource: DataSource, work: (batch: WriteBatch) => Promise<Result>): Promise<Result> {
  return dataSource.transaction(async (em) => {
    const batch = new WriteBatch(em);
    const result = await work(batch);
    await batch.flush();
    return result;
  });
}
