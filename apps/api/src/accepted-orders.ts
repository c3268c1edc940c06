import { Injectable } from '@nestjs/common';
import { AppLabels } from '#domain/apps/app-labels.js';
import { Metrics } from '#platform/metrics/metrics.js';

/** Counts the orders and refunds that were made, and their money; an equal request that came again made none. */
@Injectable()
export class AcceptedOrders {
  private readonly orders;
  private readonly fen;

  constructor(
    metrics: Metrics,
    private readonly labels: AppLabels,
  ) {
    this.orders = metrics.counter('loomi_orders_accepted_total', 'Orders that were made', ['kind', 'app']);
    this.fen = metrics.counter('loomi_accepted_fen_total', 'Money of the orders that were made', ['kind', 'app']);
  }

  add(kind: 'payment' | 'refund', appId: string, amountFen: number): void {
    this.labels.use(appId, (app) => {
      this.orders.inc({ kind, app });
      this.fen.inc({ kind, app }, amountFen);
    });
  }
}
