import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { notificationKey, type NotificationMessage } from '#lakala/notification-message.js';
import type { VerifiedNotification } from '#lakala/verify-notification.js';

/** Keeps Lakala's messages before they are acknowledged. */
@Injectable()
export class NotificationInbox {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: TaskPublisher,
  ) {}

  /** Resolves once it is committed: `kept`, or `repeated` where the same message was kept before. */
  async keep(raw: Buffer, message: NotificationMessage, proof: VerifiedNotification): Promise<'kept' | 'repeated'> {
    // The key first: of equal messages at the same moment one gets in, and one statement is one transaction.
    const [kept] = await this.dataSource.query<{ id: string }[]>(
      `WITH fresh AS (
         INSERT INTO notification_keys (business_key, notification_id) VALUES ($1, $2)
         ON CONFLICT DO NOTHING RETURNING notification_id)
       INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate)
       SELECT notification_id, $3, $4, $5, $6, $7 FROM fresh RETURNING id`,
      [
        Buffer.from(notificationKey(message), 'hex'),
        uuidv7(),
        message.outOrderNo,
        raw,
        `${proof.timestampSeconds}\n${proof.nonce}\n`,
        proof.signature,
        proof.certificate.pem,
      ],
    );
    if (!kept) return 'repeated';
    void this.tasks.publish('notification_tasks', kept.id);
    return 'kept';
  }
}
