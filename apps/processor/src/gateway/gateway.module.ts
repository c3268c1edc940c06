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
import { GatewayMetrics, registerGatewayGauges } from './gateway-metrics.js';
import { LakalaKeyWatch } from './lakala-key-watch.js';
import { LakalaClient } from './lakala-client.js';
import { LakalaGateway } from './lakala.gateway.js';

/** Everything that talks to Lakala. */
@Module({
  providers: [
    {
      provide: PlatformCertificates,
      inject: [ProcessorConfiguration],
      useFactory: ({ trust }: ProcessorConfiguration) => PlatformCertificates.fromPem(trust.platformCertificates),
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
      provide: LakalaKeyWatch,
      inject: [ProcessorConfiguration, LakalaClient, PlatformCertificates, Log, Metrics],
      useFactory: (known: ProcessorConfiguration, client: LakalaClient, certificates: PlatformCertificates, log: Log, metrics: Metrics) => {
        const keys = new LakalaKeyWatch(known, client, certificates, log);
        registerCertificateGauge(metrics, () => keys.certificates);
        return keys;
      },
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
  exports: [LakalaKeyWatch, LakalaGateway, CreateBreaker, GatewayBudget, PlatformCertificates],
})
export class GatewayModule implements OnApplicationShutdown {
  constructor(@Inject(LakalaClient) private readonly client: LakalaClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
