import { configurationOrExit } from '#platform/configuration/configuration-or-exit.js';
import { createLog } from '#platform/logging/log.js';
import { logCrashes } from '#platform/shutdown/log-crashes.js';
import { runUntilSignal } from '#platform/shutdown/run-until-signal.js';
import { ApiConfiguration } from './api.configuration.js';
import { createApi } from './create-api.js';

const configuration = configurationOrExit(ApiConfiguration);
const { nodeEnv, logLevel, shutdownGraceSeconds, shutdownDrainSeconds } = configuration.process;
const log = createLog({ service: 'api', level: logLevel });
logCrashes(log);
const app = await createApi(configuration, { log });
runUntilSignal(app, { graceSeconds: shutdownGraceSeconds, drainSeconds: shutdownDrainSeconds, log });
await app.listen(configuration.http.port, '0.0.0.0');
log.info('api_listening', { port: configuration.http.port, kind: nodeEnv });
