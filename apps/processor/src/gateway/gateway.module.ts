import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { parsePrivateKey } from '#lakala/request-signer.js';
import { SystemClock } from '#platform/clock/clock.js';
import { Log } from '#platform/logging/log.js';
import { registerCertificateGauge } from '#platform/metrics/certificate-gauge.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { ProcessorConfiguration } from '../processor.configuration.js';
import { CreateBreaker } from './create-breaker.js';
import { GatewayBudget } from './gateway-budget.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { KeyWatch } from './key-watch.js';
import { GatewayMetrics, registerGatewayGauges } from './gateway-metrics.js';
import { LakalaClient } from './lakala-client.js';
import { LakalaGateway } from './lakala.gateway.js';
import { ownCertificate } from './watched-certificates.js';

/** Everything that talks to Lakala. */
@Module({
  providers: [
    {
      provide: PlatformCertificates,
      inject: [ProcessorConfiguration, Metrics, Log],
      useFactory: ({ trust, lakala }: ProcessorConfiguration, metrics: Metrics, log: Log) => {
        const certificates = PlatformCertificates.fromPem(trust.platformCertificates);
        const theirs = certificates.all.map(({ serial, validTo }) => ({ owner: 'lakala' as const, serial, validTo }));
        registerCertificateGauge(metrics, [...theirs, ...ownCertificate(lakala, log)]);
        return certificates;
      },
    },
    {
      provide: LakalaClient,
      inject: [ProcessorConfiguration, PlatformCertificates],
      useFactory: ({ lakala }: ProcessorConfiguration, certificates: PlatformCertificates) => {
        const privateKey = parsePrivateKey(lakala.privateKey);
        const identity = { appid: lakala.appid, serialNo: lakala.serialNo, privateKey, certificates };
        return new LakalaClient(lakala.baseUrl, identity, new SystemClock(), lakala.timeoutSeconds * 1_000);
      },
    },
    {
      provide: LakalaGateway,
      inject: [LakalaClient, ProcessorConfiguration, Metrics],
      useFactory: (client: LakalaClient, { lakala, publicAddress }: ProcessorConfiguration, metrics: Metrics) => {
        const addresses = { publicBaseUrl: publicAddress.publicBaseUrl, requestIp: lakala.requestIp };
        return new LakalaGateway(client, addresses, new GatewayMetrics(metrics));
      },
    },
    {
      provide: KeyWatch,
      inject: [ProcessorConfiguration, LakalaClient, PlatformCertificates, Log],
      useFactory: (known: ProcessorConfiguration, client: LakalaClient, certificates: PlatformCertificates, log: Log) =>
        new KeyWatch(known, client, certificates, log),
    },
    { provide: CreateBreaker, inject: [Log], useFactory: (log: Log) => new CreateBreaker(log) },
    {
      provide: GatewayBudget,
      inject: [ProcessorConfiguration, CreateBreaker, Metrics],
      useFactory: ({ lakala }: ProcessorConfiguration, breaker: CreateBreaker, metrics: Metrics) => {
        const budget = new GatewayBudget(lakala.maxCallsPerSecond, breaker);
        registerGatewayGauges(metrics, breaker, budget);
        return budget;
      },
    },
  ],
  exports: [KeyWatch, LakalaGateway, CreateBreaker, GatewayBudget, PlatformCertificates],
})
export class GatewayModule implements OnApplicationShutdown {
  constructor(@Inject(LakalaClient) private readonly client: LakalaClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
