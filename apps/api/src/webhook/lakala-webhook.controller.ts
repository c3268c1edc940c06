import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MessageError } from '#lakala/message-error.js';
import { parseNotification, type NotificationMessage } from '#lakala/notification-message.js';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { SignatureError } from '#lakala/signature-error.js';
import { verifyNotification, type VerifiedNotification } from '#lakala/verify-notification.js';
import { ApiError } from '../http/problems.js';
import { WEBHOOK_PATH } from '../http/routes.js';
import { NotificationAnswers } from '../openapi/answers.decorator.js';
import { AcknowledgementView } from './acknowledgement.view.js';
import { NotificationInbox } from './notification-inbox.js';
import { SignatureWindow } from './signature-window.js';
import { WebhookJournal } from './webhook-journal.js';

/** Where Lakala tells of payments. The signature over the raw bytes is the key. */
@ApiTags('lakala')
@Controller(WEBHOOK_PATH)
export class LakalaWebhookController {
  constructor(
    private readonly inbox: NotificationInbox,
    private readonly certificates: PlatformCertificates,
    private readonly window: SignatureWindow,
    private readonly journal: WebhookJournal,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'For Lakala: a notification, signed' })
  @NotificationAnswers()
  async receive(
    @Headers('authorization') authorization: string | undefined,
    @Body() body: unknown,
  ): Promise<AcknowledgementView> {
    const raw = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const proof = this.verify(authorization, raw);
    const message = this.parse(raw);
    const outcome = await this.inbox.keep(raw, message, proof);
    this.journal.received(outcome, message);
    return { code: 'SUCCESS', message: '执行成功' };
  }

  private verify(authorization: string | undefined, raw: Buffer): VerifiedNotification {
    try {
      return verifyNotification(authorization, raw, this.certificates, this.window.now());
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      this.journal.refused('unverified', error.code, raw.length);
      throw new ApiError('bad_signature', 'The signature does not prove that Lakala sent this.');
    }
  }

  /** Acknowledging what cannot be read would lose it: refused, Lakala sends it again, and a fix of ours can read it. */
  private parse(raw: Buffer): NotificationMessage {
    try {
      return parseNotification(raw);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.journal.refused('unreadable', error.field, raw.length);
      throw new ApiError('malformed_notification', 'The message cannot be read.');
    }
  }
}
