import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppLabels } from '#domain/apps/app-labels.js';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { Log } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { OrderTraces } from '#platform/tracing/order-traces.js';
import { DecisionExecutor } from './decisions/decision-executor.js';
import { CreateBreaker } from './gateway/create-breaker.js';
import { GatewayBudget, MAX_WORK_IN_HAND } from './gateway/gateway-budget.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { LakalaGateway } from './gateway/lakala.gateway.js';
import { createLane, Inquirer, questionLane } from './leases/inquirer.js';
import { OrderLeases } from './leases/order-leases.js';
import { WorkInHand } from './leases/work-in-hand.js';
import { InboxReader } from './notifications/inbox-reader.js';
import { NotificationWorker } from './notifications/notification-worker.js';
import { OrderJournal } from './order-journal.js';
import { PaymentSteps, type HeldPayment } from './payments/payment-steps.js';
import { PaymentTurns } from './payments/payment-turns.js';
import { PaymentWorker } from './payments/payment-worker.js';
import { ProcessorConfiguration } from './processor.configuration.js';
import { ProcessorRegister } from './processor-register.js';
import { RefundWorker } from './refunds/refund-worker.js';
import { RelayAlarm } from './relay-alarm.js';

export const PAYMENT_INQUIRER = Symbol('PAYMENT_INQUIRER');
export const REFUND_INQUIRER = Symbol('REFUND_INQUIRER');

/** Who works on payments, refunds and notifications. */
@Module({
  imports: [GatewayModule],
  providers: [
    RelayAlarm,
    {
      provide: WorkInHand,
      inject: [Metrics],
      useFactory: (metrics: Metrics) => {
        const inHand = new WorkInHand(MAX_WORK_IN_HAND);
        metrics.gauge('loomi_work_in_hand', 'Orders and refunds that are being worked on', [], (gauge) => gauge.set(inHand.held));
        return inHand;
      },
    },
    {
      provide: OrderJournal,
      inject: [Log, Metrics, AppLabels, RelayAlarm, OrderTraces],
      useFactory: (log: Log, metrics: Metrics, labels: AppLabels, alarm: RelayAlarm, traces: OrderTraces) =>
        new OrderJournal(log, metrics, labels, () => alarm.ring(), traces),
    },
    { provide: PaymentTurns, inject: [DataSource], useFactory: (dataSource: DataSource) => new PaymentTurns(dataSource) },
    {
      provide: PaymentSteps,
      inject: [DataSource, PaymentTurns, GatewayBudget, CreateBreaker, ProcessorConfiguration, OrderJournal],
      useFactory: (
        dataSource: DataSource,
        turns: PaymentTurns,
        budget: GatewayBudget,
        breaker: CreateBreaker,
        { lakala: { merchantNo, termNo } }: ProcessorConfiguration,
        journal: OrderJournal,
      ) => new PaymentSteps({ dataSource, turns }, { budget, breaker }, { merchantNo, termNo }, journal),
    },
    {
      provide: PAYMENT_INQUIRER,
      inject: [DataSource, PaymentTurns, PaymentSteps, LakalaGateway, OrderJournal, WorkInHand, GatewayBudget],
      useFactory: (
        dataSource: DataSource,
        turns: PaymentTurns,
        steps: PaymentSteps,
        gateway: LakalaGateway,
        journal: OrderJournal,
        inHand: WorkInHand,
        budget: GatewayBudget,
      ) => {
        const leases = new OrderLeases(dataSource, 'payment_orders');
        const worker = new PaymentWorker(turns, steps, gateway, journal);
        // Creates first: they may take no more than their part.
        const lanes = [createLane(leases, budget), questionLane(leases, budget, 'questions')];
        return new Inquirer<HeldPayment>((ids) => worker.claim(ids), lanes, (held) => worker.work(held, leases), inHand);
      },
    },
    {
      provide: REFUND_INQUIRER,
      inject: [DataSource, LakalaGateway, GatewayBudget, ProcessorConfiguration, OrderJournal, WorkInHand],
      useFactory: (
        dataSource: DataSource,
        gateway: LakalaGateway,
        budget: GatewayBudget,
        { lakala }: ProcessorConfiguration,
        journal: OrderJournal,
        inHand: WorkInHand,
      ) => {
        const leases = new OrderLeases(dataSource, 'refund_orders');
        const worker = new RefundWorker(dataSource, gateway, { budget, mayResend: lakala.resendRefunds }, journal);
        const lanes = [questionLane(leases, budget, 'any')];
        return new Inquirer((ids) => leases.claimThese(ids), lanes, (lease) => worker.work(lease, leases), inHand);
      },
    },
    {
      provide: InboxReader,
      inject: [DataSource, PaymentTurns, OrderJournal, PlatformCertificates, TaskPublisher],
      useFactory: (
        dataSource: DataSource,
        turns: PaymentTurns,
        journal: OrderJournal,
        certificates: PlatformCertificates,
        tasks: TaskPublisher,
      ) => new InboxReader(new NotificationWorker({ dataSource, turns }, journal, certificates, (id) => tasks.publish('payment_tasks', [id]))),
    },
    {
      provide: DecisionExecutor,
      inject: [DataSource, OrderJournal],
      useFactory: (dataSource: DataSource, journal: OrderJournal) => new DecisionExecutor(dataSource, journal),
    },
    {
      provide: ProcessorRegister,
      inject: [DataSource, GatewayBudget],
      useFactory: (dataSource: DataSource, budget: GatewayBudget) => new ProcessorRegister(dataSource, budget),
    },
  ],
  exports: [PAYMENT_INQUIRER, REFUND_INQUIRER, InboxReader, DecisionExecutor, ProcessorRegister, WorkInHand, RelayAlarm],
})
export class WorkModule {}
