import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

/** Something an operator changes: the name of the act, the id of what it changes, and what to remember of it. */
export interface Act {
  act: string;
  target: string;
  detail?: Record<string, unknown>;
}

/** Keeps who did what, in the caller's transaction: no change without its record. Gives the record's id. */
export async function recordAct(manager: EntityManager, operator: string, { act, target, detail = {} }: Act): Promise<string> {
  const id = uuidv7();
  await manager.query('INSERT INTO operator_acts (id, operator, act, target, detail) VALUES ($1, $2, $3, $4, $5)', [
    id,
    operator,
    act,
    target,
    JSON.stringify(detail),
  ]);
  return id;
}
