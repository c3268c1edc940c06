import { API_MUTANTS } from './list-api.ts';
import { DATABASE_MUTANTS } from './list-database.ts';
import { FINANCE_MUTANTS } from './list-finance.ts';
import { GATEWAY_MUTANTS } from './list-gateway.ts';
import { LIMIT_MUTANTS } from './list-limits.ts';
import { PAYMENT_MUTANTS } from './list-payments.ts';
import { REFUND_MUTANTS } from './list-refunds.ts';
import { STREAM_MUTANTS } from './list-streams.ts';
import type { Mutant } from './mutant.ts';

/** Every line whose absence some test must notice. */
export const MUTANTS: readonly Mutant[] = [
  ...PAYMENT_MUTANTS,
  ...REFUND_MUTANTS,
  ...GATEWAY_MUTANTS,
  ...API_MUTANTS,
  ...LIMIT_MUTANTS,
  ...DATABASE_MUTANTS,
  ...STREAM_MUTANTS,
  ...FINANCE_MUTANTS,
];
