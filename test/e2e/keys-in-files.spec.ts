import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testPlatformPem } from '../fixtures/lakala-vectors/real-messages.js';
import { until } from '../stack/until.ts';
import { press } from './press.ts';
import { World } from './world.ts';

/** Files are looked at every ten seconds. */
const SEEN_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'loomi-keys-'));
const files = { key: join(folder, 'key.pem'), serial: join(folder, 'serial'), platform: join(folder, 'platform.pem') };
let world: World;

beforeAll(async () => {
  // Of nobody that Lakala knows, and of nobody that we should believe.
  writeFileSync(files.key, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(files.serial, '1\n');
  writeFileSync(files.platform, testPlatformPem);
  const env = {
    LAKALA_PRIVATE_KEY_FILE: files.key,
    LAKALA_SERIAL_NO: '',
    LAKALA_SERIAL_NO_FILE: files.serial,
    LAKALA_PLATFORM_CERT_FILE: files.platform,
  };
  world = await World.start({ env });
}, 120_000);

afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

test('key, serial and certificates that are replaced in their files are taken up by the processes that run', async () => {
  const { body: order } = await world.app.create(world.newOrderId());
  const [api, processor] = [world.stack.apis[0]?.service.pid, world.stack.processors[0]?.service.pid];
  const refused = async () => (await world.books.query(`SELECT 1 FROM gateway_attempts WHERE state = 'abandoned'`)).rowCount !== 0;
  await until('Lakala to refuse the wrong key', SEEN_MS, refused);

  const theirs = world.stack.sandbox.folder;
  writeFileSync(files.serial, /LAKALA_SERIAL_NO=(.*)/.exec(readFileSync(join(theirs, 'account.env'), 'utf8'))?.[1] ?? '');
  writeFileSync(files.key, readFileSync(join(theirs, 'merchant-private-key.pem')));
  writeFileSync(files.platform, readFileSync(join(theirs, 'platform-certificate.pem')));

  let page: string | undefined;
  await until('the order to get its page', 2 * SEEN_MS, async () => {
    page = (await world.app.payment(order.merchant_order_id)).extra_data.payment_url;
    return page !== undefined;
  });
  await press(page ?? '', 'pay');
  // The API believes the notification by the new certificate, or the question's answer would have to tell.
  expect(await world.ended(order, 'succeeded')).toMatchObject({ status: 'succeeded' });
  expect([world.stack.apis[0]?.service.pid, world.stack.processors[0]?.service.pid]).toEqual([api, processor]);
}, 180_000);
