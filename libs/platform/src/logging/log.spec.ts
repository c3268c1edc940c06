import { Logger } from '@nestjs/common';
import { withLogContext } from './log-context.js';
import type { LogFields } from './log-fields.js';
import { createLog, type LogLevel } from './log.js';
import { NestLogAdapter } from './nest-log.adapter.js';

/** A log whose lines are kept, and read back as whoever collects them would. */
function recordingLog(level: LogLevel = 'debug') {
  const written: string[] = [];
  const log = createLog({ service: 'api', level, destination: { write: (line) => void written.push(line) } });
  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, written };
}

/** Fields as a caller who went round the compiler would pass them. */
function unchecked(fields: Record<string, unknown>): LogFields {
  return fields;
}

describe('the log', () => {
  test('an event is one line of JSON with its level, its time, its service and the declared fields', () => {
    const { log, lines } = recordingLog();
    log.info('order_created', { order_id: '0197-1', amount_fen: 100n, duration_ms: 1.23456, replayed: false });
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        service: 'api',
        event: 'order_created',
        order_id: '0197-1',
        amount_fen: 100,
        duration_ms: 1.235,
        replayed: false,
      },
    ]);
  });

  test('a field that is not declared never gets out; only its name does', () => {
    const { log, lines, written } = recordingLog();
    log.info('order_created', unchecked({ order_id: '1', body: { payer: 'Zhang San' }, toString: 'x', authorization: 'k' }));
    expect(lines()[0]).toMatchObject({ order_id: '1', dropped: ['body', 'toString', 'authorization'] });
    expect(written.join()).not.toContain('Zhang');
  });

  test.each([
    ['an id that is prose', { order_id: 'my name is Zhang' }],
    ['an id that is JSON', { order_id: '{"a":1}' }],
    ['an id that is an object', { order_id: { id: 1 } }],
    ['an id past 128 characters', { order_id: 'x'.repeat(129) }],
    ['a number that is text', { amount_fen: '100' }],
    ['a number that is none', { duration_ms: NaN }],
    ['a text that is an object', { message: { secret: 1 } }],
    ['a flag that is text', { replayed: 'yes' }],
  ])('%s is dropped', (_what, fields) => {
    const { log, lines } = recordingLog();
    log.info('order_created', unchecked(fields));
    expect(lines()[0]).toMatchObject({ dropped: Object.keys(fields) });
    expect(lines()[0]).not.toHaveProperty(Object.keys(fields)[0] ?? '');
  });

  test('an error shows its type, code, masked message and masked stack, its cause, and nothing else it carries', () => {
    const { log, lines, written } = recordingLog();
    const cause = new Error('postgres://loomi:hunter2@db refused');
    const error = Object.assign(new Error('key lpk_abc123 failed', { cause }), {
      code: '23505',
      parameters: ['payer-identity'],
    });
    log.error('insert_failed', { error });
    expect(lines()[0]?.error).toMatchObject({
      type: 'Error',
      code: '23505',
      message: 'key lpk_[key] failed',
      stack: expect.stringContaining('log.spec') as string,
      cause: { message: 'postgres://loomi:[password]@db refused' },
    });
    expect(written.join()).not.toMatch(/lpk_abc123|hunter2|payer-identity/);
  });

  test('something thrown that is no error says only its kind', () => {
    const { log, lines } = recordingLog();
    log.error('failed', { error: { password: 'x' } });
    expect(lines()[0]?.error).toEqual({ type: 'object', message: '' });
  });

  test('an error that is its own cause ends', () => {
    const { log, lines } = recordingLog();
    const error = new Error('round');
    error.cause = error;
    log.error('failed', { error });
    expect(lines()).toHaveLength(1);
  });

  test('a long text is cut', () => {
    const { log, lines } = recordingLog();
    log.warn('gateway_refused', { gateway_message: '余额不足'.repeat(1000) });
    expect(String(lines()[0]?.gateway_message)).toHaveLength(501);
  });

  test('control characters cannot make one event look like two, and its name is masked too', () => {
    const { log, written } = recordingLog();
    log.info('x\n{"event":"lpk_forged"}', { message: 'a\r\n{"event":"forged"}\u2028\u0000' });
    expect(written).toHaveLength(1);
    expect(written[0]?.trimEnd()).not.toMatch(/[\n\r\0]|lpk_forged/);
  });

  test('lines below the level are not written', () => {
    const { log, lines } = recordingLog('warn');
    log.info('quiet');
    log.warn('heard');
    expect(lines().map(({ event }) => event)).toEqual(['heard']);
  });

  test('every line of one piece of work carries its ids, the inner ones too, and no other work does', async () => {
    const { log, lines } = recordingLog();
    await Promise.all([
      withLogContext({ request_id: 'r1' }, async () => {
        await Promise.resolve();
        withLogContext({ order_id: 'o1' }, () => log.info('inner'));
        log.info('outer');
      }),
      withLogContext({ request_id: 'r2' }, async () => log.info('other')),
    ]);
    expect(lines().find(({ event }) => event === 'inner')).toMatchObject({ request_id: 'r1', order_id: 'o1' });
    expect(lines().find(({ event }) => event === 'outer')).not.toHaveProperty('order_id');
    expect(lines().find(({ event }) => event === 'other')).toMatchObject({ request_id: 'r2' });
  });
});

describe("Nest's own messages", () => {
  afterEach(() => {
    Logger.overrideLogger(true);
  });

  test('go to the same log, with their context', () => {
    const { log, lines } = recordingLog();
    Logger.overrideLogger(new NestLogAdapter(log));
    const nest = new Logger('RoutesResolver');
    nest.log('Mapped lpk_abc');
    nest.error(new Error('broken'));
    nest.error('failed', new Error('why').stack);
    nest.warn({ body: 'Zhang San' });
    expect(lines()).toMatchObject([
      { level: 'info', event: 'nest', context: 'RoutesResolver', message: 'Mapped lpk_[key]' },
      { level: 'error', context: 'RoutesResolver', error: { message: 'broken' } },
      { level: 'error', context: 'RoutesResolver', message: 'failed' },
      { level: 'warn', message: 'an object of Object' },
    ]);
  });
});
