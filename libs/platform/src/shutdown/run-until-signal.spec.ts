import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { until } from '../../../../test/stack/until.ts';
import { createLog } from '../logging/log.js';
import { logCrashes } from './log-crashes.js';
import { runUntilSignal } from './run-until-signal.js';
import { ShutdownModule, ShutdownState } from './shutdown-state.js';

class StandInProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

@Injectable()
class Work implements OnApplicationShutdown {
  closing = 0;
  onClose: () => Promise<void> = async () => undefined;

  async onApplicationShutdown(): Promise<void> {
    this.closing += 1;
    await this.onClose();
  }
}

function recordingLog() {
  const events: string[] = [];
  const write = (line: string): void => void events.push((JSON.parse(line) as { event: string }).event);
  return { events, log: createLog({ service: 'api', level: 'info', destination: { write } }) };
}

async function running({ graceSeconds = 5, drainSeconds = 0 } = {}) {
  const app = await Test.createTestingModule({ imports: [ShutdownModule], providers: [Work] }).compile();
  const process = new StandInProcess();
  const { log, events } = recordingLog();
  runUntilSignal(app, { graceSeconds, drainSeconds, log, process });
  return { process, events, work: app.get(Work), state: app.get(ShutdownState) };
}

describe('runUntilSignal', () => {
  test.each(['SIGTERM', 'SIGINT'])('on %s the application closes with its hooks and the process exits 0', async (signal) => {
    const { process, work, events } = await running();
    process.emit(signal, signal);
    await until('the exit', 1000, () => process.exits.length > 0);
    expect(process.exits).toEqual([0]);
    expect(work.closing).toBe(1);
    expect(events).toEqual(['shutdown_begun', 'shutdown_completed']);
  });

  test('it turns unready at once, and serves on until the drain is over', async () => {
    const { process, work, state } = await running({ drainSeconds: 0.1 });
    expect(state.isShuttingDown).toBe(false);
    process.emit('SIGTERM', 'SIGTERM');
    expect(state.isShuttingDown).toBe(true);
    await delay(20);
    expect(work.closing).toBe(0);
    await until('the exit', 1000, () => process.exits.length > 0);
    expect(work.closing).toBe(1);
  });

  test('a second signal neither hurries nor repeats the first', async () => {
    const { process, work } = await running();
    work.onClose = () => delay(50);
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGTERM', 'SIGTERM');
    await until('the exit', 1000, () => process.exits.length > 0);
    await delay(20);
    expect(process.exits).toEqual([0]);
    expect(work.closing).toBe(1);
  });

  test('what does not end within the grace time is left, with exit code 1 and a line in the log', async () => {
    const { process, work, events } = await running({ graceSeconds: 0.05 });
    let release = (): void => undefined;
    work.onClose = () => new Promise((resolve) => (release = resolve));
    process.emit('SIGTERM', 'SIGTERM');
    await until('the exit', 1000, () => process.exits.length > 0);
    release();
    expect(process.exits).toEqual([1]);
    expect(events).toContain('shutdown_grace_exceeded');
  });

  test('an application that cannot be closed makes the exit code 1', async () => {
    const { log, events } = recordingLog();
    const process = new StandInProcess();
    const app = await Test.createTestingModule({ imports: [ShutdownModule] }).compile();
    const close = (): Promise<void> => Promise.reject(new Error('the port is stuck'));
    const stuck = { get: app.get.bind(app), close };
    runUntilSignal(stuck, { graceSeconds: 5, drainSeconds: 0, log, process });
    process.emit('SIGTERM', 'SIGTERM');
    await until('the exit', 1000, () => process.exits.length > 0);
    expect(process.exits).toEqual([1]);
    expect(events).toEqual(['shutdown_begun', 'shutdown_failed']);
  });
});

describe('logCrashes', () => {
  test.each(['uncaughtException', 'unhandledRejection'])('an %s ends the process with one masked line', (event) => {
    const process = new StandInProcess();
    const lines: string[] = [];
    logCrashes(createLog({ service: 'api', level: 'info', destination: { write: (line) => lines.push(line) } }), process);
    process.emit(event, Object.assign(new Error('lpk_abc'), { parameters: ['payer-identity'] }));
    expect(process.exits).toEqual([1]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/lpk_abc|payer-identity/);
  });
});
