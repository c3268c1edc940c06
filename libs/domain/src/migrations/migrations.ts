import { CreateAppsAndOrders1700000000000 } from './1700000000000-create-apps-and-orders.js';
import { CreateGatewayBooks1700000001000 } from './1700000001000-create-gateway-books.js';
import { CreateEventLogAndInbox1700000002000 } from './1700000002000-create-event-log-and-inbox.js';
import { GuardOrders1700000003000 } from './1700000003000-guard-orders.js';
import { GrantRoles1700000004000 } from './1700000004000-grant-roles.js';
import { GuardReservations1700000004500 } from './1700000004500-guard-reservations.js';
import { DecideAnomalies1700000005100 } from './1700000005100-decide-anomalies.js';
import { GuardDecisions1700000005200 } from './1700000005200-guard-decisions.js';
import { KeepGatewayWords1700000007000 } from './1700000007000-keep-gateway-words.js';
import { PlanPaymentGuardOnce1700000008000 } from './1700000008000-plan-payment-guard-once.js';
import { NumberEvents1700000008100 } from './1700000008100-number-events.js';
import { AllowAddressesOfKeys1700000009000 } from './1700000009000-allow-addresses-of-keys.js';
import { KeepSettlements1700000009400 } from './1700000009400-keep-settlements.js';
import { RecordSettlementAnomalies1700000009500 } from './1700000009500-record-settlement-anomalies.js';
import { JudgeFormsFaster1700000009600 } from './1700000009600-judge-forms-faster.js';
import { GuardWhatChanges1700000009700 } from './1700000009700-guard-what-changes.js';

/** In the order they run. */
export const MIGRATIONS = [
  CreateAppsAndOrders1700000000000,
  CreateGatewayBooks1700000001000,
  CreateEventLogAndInbox1700000002000,
  GuardOrders1700000003000,
  GrantRoles1700000004000,
  GuardReservations1700000004500,
  DecideAnomalies1700000005100,
  GuardDecisions1700000005200,
  KeepGatewayWords1700000007000,
  PlanPaymentGuardOnce1700000008000,
  NumberEvents1700000008100,
  AllowAddressesOfKeys1700000009000,
  KeepSettlements1700000009400,
  RecordSettlementAnomalies1700000009500,
  JudgeFormsFaster1700000009600,
  GuardWhatChanges1700000009700,
];
