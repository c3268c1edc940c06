import { Anomaly } from './anomaly.entity.js';
import { ApiKey } from './api-key.entity.js';
import { App } from './app.entity.js';
import { StoredDecision } from './decision.entity.js';
import { StoredEvent } from './event.entity.js';
import { GatewayAttempt } from './gateway-attempt.entity.js';
import { GatewayWord } from './gateway-word.entity.js';
import { StoredNotification } from './notification.entity.js';
import { OperatorAct } from './operator-act.entity.js';
import { Outcome } from './outcome.entity.js';
import { PaymentOrder } from './payment-order.entity.js';
import { RefundOrder } from './refund-order.entity.js';
import { Trade } from './trade.entity.js';

/** Every table that is read as objects; the relay's and the register's rows are read by their own SQL. */
export const ENTITIES = [
  Anomaly,
  ApiKey,
  App,
  GatewayAttempt,
  GatewayWord,
  OperatorAct,
  Outcome,
  PaymentOrder,
  RefundOrder,
  StoredDecision,
  StoredEvent,
  StoredNotification,
  Trade,
];
