import { Injectable } from '@nestjs/common';
import type { FreshnessRule } from '#lakala/verify-notification.js';
import { Clock } from '#platform/clock/clock.js';
import { ApiConfiguration } from '../api.configuration.js';

/** How old or young a signature may be just now. */
@Injectable()
export class SignatureWindow {
  constructor(
    private readonly clock: Clock,
    private readonly configuration: ApiConfiguration,
  ) {}

  now(): FreshnessRule {
    return {
      nowSeconds: Math.floor(this.clock.nowMs() / 1000),
      maxSkewSeconds: this.configuration.webhook.maxSkewSeconds,
    };
  }
}
