import { MOST_APP_LABELS } from '#domain/apps/app-labels.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { ApiUnderTest } from '../../test/api-under-test.js';
import { KeyExpiryWatch } from './key-expiry-watch.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

/** The app's days, as the metric has them; undefined where it has none. */
async function daysOf(appId: string): Promise<number | undefined> {
  await api.app.get(KeyExpiryWatch).runOnce();
  const { text } = await api.app.get(Metrics).exposition();
  const days = new RegExp(`^loomi_api_key_days_left\\{app="${appId}"\\} (.+)$`, 'm').exec(text)?.[1];
  return days === undefined ? undefined : Number(days);
}

const endIn = (keyId: string, days: number) =>
  api.owner.query('UPDATE api_keys SET expires_at = loomi_now() + make_interval(days => $2) WHERE id = $1', [keyId, days]);

it('an app has the days of its key that lasts longest, whatever was revoked', async () => {
  const { appId, keyId } = await api.newApp();
  await endIn(keyId, 3);
  expect(await daysOf(appId)).toBeCloseTo(3, 2);
  const second = await api.newKey(appId);
  await endIn(second.keyId, 90);
  expect(await daysOf(appId)).toBeCloseTo(90, 2);
  await api.owner.query('UPDATE api_keys SET revoked_at = loomi_now() WHERE id = $1', [second.keyId]);
  expect(await daysOf(appId)).toBeCloseTo(3, 2);
  await endIn(keyId, -1);
  expect(await daysOf(appId)).toBeCloseTo(-1, 2);
});

it('an app with a key that does not expire is left out', async () => {
  const { appId, keyId } = await api.newApp();
  expect(await daysOf(appId)).toBeUndefined();
  await endIn(keyId, 3);
  expect(await daysOf(appId)).toBeCloseTo(3, 2);
  await api.newKey(appId);
  expect(await daysOf(appId)).toBeUndefined();
});

it('of the apps without a name of their own in metrics, the one whose keys end first is shown', async () => {
  for (let n = 0; n < MOST_APP_LABELS; n += 1) await api.newApp();
  for (const days of [8, 2]) {
    const { appId, keyId } = await api.newApp();
    await endIn(keyId, days);
    expect(await daysOf(appId)).toBeUndefined();
  }
  expect(await daysOf('other')).toBeCloseTo(2, 2);
});
