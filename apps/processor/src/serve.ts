import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { configurationOrExit } from '#platform/configuration/configuration-or-exit.js';
import { createLog } from '#platform/logging/log.js';
import { NestLogAdapter } from '#platform/logging/nest-log.adapter.js';
import { logCrashes } from '#platform/shutdown/log-crashes.js';
import { runUntilSignal } from '#platform/shutdown/run-until-signal.js';
import { ProcessorConfiguration } from './processor.configuration.js';
import { ProcessorModule } from './processor.module.js';

const configuration = configurationOrExit(ProcessorConfiguration);
const { nodeEnv, logLevel, shutdownGraceSeconds, shutdownDrainSeconds } = configuration.process;
const log = createLog({ service: 'processor', level: logLevel });
logCrashes(log);
const app = await NestFactory.create<NestFastifyApplication>(
  ProcessorModule.register(configuration, log),
  new FastifyAdapter({ forceCloseConnections: true }),
  { logger: new NestLogAdapter(log), abortOnError: false },
);
runUntilSignal(app, { graceSeconds: shutdownGraceSeconds, drainSeconds: shutdownDrainSeconds, log });
await app.listen(configuration.http.port, '0.0.0.0');
log.info('processor_listening', { port: configuration.http.port, kind: nodeEnv });
