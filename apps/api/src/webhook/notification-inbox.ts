import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { notificationKey, type NotificationMessage } from '#lakala/notification-message.js';
import type { VerifiedNotification } from '#lakala/verify-notification.js';
import { newId } from '#platform/ids/new-id.js';
import { Grouped } from '#platform/postgres/grouped.js';
import { plainQuery } from '#platform/postgres/plain-query.js';
import { allOrEach } from '../grouping/all-or-each.js';
import { GROUP_LIMITS } from '../grouping/limits.js';

type Outcome = 'kept' | 'repeated';

/** Bytes as hex digits: JSON has none. */
interface Letter {
  readonly id: string;
  readonly business_key: string;
  readonly out_order_no: string;
  readonly raw: string;
  readonly signed_text_prefix: string;
  readonly signature: string;
  readonly certificate: string;
}

/** Keeps Lakala's messages before they are acknowledged; at many a second they share a statement and a commit. */
@Injectable()
export class NotificationInbox {
  private readonly letters = new Grouped<Letter, Outcome>((letters) => this.keepAll(letters), GROUP_LIMITS);

  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: TaskPublisher,
  ) {}

  /** Resolves once it is committed: `kept`, or `repeated` where the same message was kept before. */
  async keep(raw: Buffer, message: NotificationMessage, proof: VerifiedNotification): Promise<Outcome> {
    return this.letters.add({
      id: newId(),
      business_key: notificationKey(message),
      out_order_no: message.outOrderNo,
      raw: raw.toString('hex'),
      signed_text_prefix: `${proof.timestampSeconds}\n${proof.nonce}\n`,
      signature: proof.signature,
      certificate: proof.certificate.pem,
    });
  }

  private async keepAll(letters: readonly Letter[]): Promise<readonly (Outcome | Error)[]> {
    const results = await allOrEach(letters, (some) => this.write(some));
    const kept = letters.filter((_, index) => results[index] === 'kept').map(({ id }) => id);
    if (kept.length > 0) void this.tasks.publish('notification_tasks', kept);
    return results;
  }

  private async write(letters: readonly Letter[]): Promise<readonly Outcome[]> {
    // The key first: of equal messages at the same moment one gets in, and one statement is one transaction. The keys in one
    // order everywhere: two replicas that wait for each other's would wait for ever.
    const kept = await plainQuery<{ id: string }>(
      this.dataSource,
      `WITH letter AS (
         SELECT * FROM json_to_recordset($1::json) AS letter(id uuid, business_key text, out_order_no text, raw text,
           signed_text_prefix text, signature text, certificate text)),
       fresh AS (
         INSERT INTO notification_keys (business_key, notification_id)
         SELECT decode(business_key, 'hex'), id FROM letter ORDER BY business_key
         ON CONFLICT DO NOTHING RETURNING notification_id)
       INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate)
       SELECT id, out_order_no, decode(raw, 'hex'), signed_text_prefix, signature, certificate
       FROM letter JOIN fresh ON fresh.notification_id = letter.id
       RETURNING id`,
      [JSON.stringify(letters)],
    );
    const ids = new Set(kept.map(({ id }) => id));
    return letters.map(({ id }) => (ids.has(id) ? 'kept' : 'repeated'));
  }
}
