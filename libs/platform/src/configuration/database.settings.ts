import { Variable } from './variable.decorator.js';

/** How to reach PostgreSQL. */
export class DatabaseSettings {
  @Variable('DATABASE_URL', {
    kind: 'url',
    schemes: ['postgres', 'postgresql'],
    meaning: 'PostgreSQL; the role to act as can be given as ?options=-c%20role%3Dloomi_api',
  })
  readonly url: string;

  @Variable('DATABASE_POOL_SIZE', {
    kind: 'integer',
    min: 1,
    max: 200,
    default: 10,
    meaning: 'the most connections one process opens to PostgreSQL',
  })
  readonly poolSize: number;

  @Variable('DATABASE_PREPARED_STATEMENTS', {
    kind: 'boolean',
    default: true,
    meaning: 'whether statements are prepared once a connection; not behind a PgBouncer before 1.21, or one with max_prepared_statements = 0',
  })
  readonly preparedStatements: boolean;
}
