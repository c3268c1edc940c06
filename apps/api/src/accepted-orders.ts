import { Injectable } from '@nestjs/common';
import { AppLabels } from '#domain/apps/app-labels.js';
import { Metrics } from '#platform/metrics/metrics.js';

const KINDS = ['payment', 'refund'] as const;

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
    labels.onNew((app) => {
      for (const kind of KINDS) for (const counter of [this.orders, this.fen]) counter.inc({ kind, app }, 0);
    });
  }

  add(kind: (typeof KINDS)[number], appId: string, amountFen: number): void {
    this.labels.use(appId, (app) => {
      this.orders.inc({ kind, app });
      this.fen.inc({ kind, app }, amountFen);
    });
  }
}
