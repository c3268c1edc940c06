import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A key may be bound to addresses. A release that does not know the column goes on as before: null is everywhere. */
export class AllowAddressesOfKeys1700000009000 implements MigrationInterface {
  name = 'AllowAddressesOfKeys1700000009000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE api_keys ADD COLUMN allowed_ips inet[],
         ADD CONSTRAINT api_keys_allowed_ips_not_empty CHECK (cardinality(allowed_ips) > 0);`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE api_keys DROP COLUMN allowed_ips;');
  }
}
