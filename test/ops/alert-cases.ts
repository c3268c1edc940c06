/** Series as promtool writes them, a value each `every`, 15 seconds where it is left out, and whether the alert fires on them at that moment. */
export interface AlertCase {
  alert: string;
  because: string;
  series: Record<string, string>;
  at: string;
  every?: string;
  fires: boolean;
}

const LENGTH = 1_000;
const always = (value: number): string => `${value}+0x${LENGTH}`;
const rising = (by: number): string => `0+${by}x${LENGTH}`;
const passes = (loop: string, outcome: string): string =>
  `loomi_loop_passes_total{job="loomi-processor",instance="p1",loop="${loop}",outcome="${outcome}"}`;
const SURVEYED = {
  'loomi_oldest_open_seconds{job="loomi-processor",kind="payment",status="pending"}': always(0),
  'loomi_stuck{job="loomi-processor",kind="payment"}': always(0),
};
const STARTED = { 'process_start_time_seconds{job="loomi-processor",instance="p1"}': always(0) };

const fires = (alert: string, because: string, series: Record<string, string>, at = '20m'): AlertCase => {
  return { alert, because, series, at, fires: true };
};
const silent = (alert: string, because: string, series: Record<string, string>, at = '20m'): AlertCase => {
  return { alert, because, series, at, fires: false };
};

/** Minutes instead of seconds between the values: a day of seconds takes promtool half a minute. */
const ofDays = (one: AlertCase): AlertCase => ({ ...one, every: '4m' });

const PROCESSES = [
  fires('LoomiProcessorDown', 'the only one does not answer', { 'up{job="loomi-processor",instance="p1"}': '1+0x20 0+0x100' }),
  fires('LoomiProcessorDown', 'there is no target', { 'up{job="loomi-api",instance="a1"}': always(1) }),
  silent('LoomiProcessorDown', 'one of two answers', {
    'up{job="loomi-processor",instance="p1"}': always(0),
    'up{job="loomi-processor",instance="p2"}': always(1),
  }),
  fires('LoomiApiDown', 'the only one does not answer', { 'up{job="loomi-api",instance="a1"}': '1+0x20 0+0x100' }),
  silent('LoomiApiDown', 'it is there again', { 'up{job="loomi-api",instance="a1"}': '0+0x76 1+0x100' }),
  fires('LoomiReplicaDown', 'one of two does not answer', {
    'up{job="loomi-api",instance="a1"}': always(0),
    'up{job="loomi-api",instance="a2"}': always(1),
  }),
  silent('LoomiReplicaDown', 'it is a target of somebody else', { 'up{job="node",instance="n"}': always(0) }),
  fires('LoomiLoopStopped', 'the relay makes no passes', { ...STARTED, [passes('event_relay', 'idle')]: '0+15x20 300+0x100' }),
  fires('LoomiLoopStopped', 'the first pass never ends', { ...STARTED, [passes('event_relay', 'idle')]: always(0) }),
  fires('LoomiLoopStopped', 'the partition keeper makes none', { ...STARTED, [passes('partition_keeper', 'idle')]: always(1) }, '45m'),
  silent('LoomiLoopStopped', 'the partition keeper waits for its turn', { ...STARTED, [passes('partition_keeper', 'idle')]: always(1) }),
  silent('LoomiLoopStopped', 'passes fail', { ...STARTED, [passes('event_relay', 'idle')]: always(9), [passes('event_relay', 'failed')]: rising(3) }),
  fires('LoomiLoopFailing', 'all passes fail', { [passes('payment_inquirer', 'failed')]: rising(3), [passes('payment_inquirer', 'idle')]: always(9) }),
  silent('LoomiLoopFailing', 'few passes fail', { [passes('payment_inquirer', 'failed')]: rising(1), [passes('payment_inquirer', 'idle')]: rising(9) }),
  silent('LoomiLoopFailing', 'a reader of Redis fails, which has its own alert', { [passes('payment_tasks_consumer', 'failed')]: rising(3) }),
  fires('LoomiSurveyMissing', 'nobody shows it', { 'up{job="loomi-processor",instance="p1"}': always(1) }),
  fires('LoomiSurveyMissing', 'the streams cannot be looked at', { ...SURVEYED, 'loomi_redis_connected{instance="p1"}': always(1) }),
  silent('LoomiSurveyMissing', 'the streams cannot be looked at without Redis', { ...SURVEYED, 'loomi_redis_connected{instance="p1"}': always(0) }),
  silent('LoomiSurveyMissing', 'all is shown', { ...SURVEYED, 'loomi_stream_length{job="loomi-processor",stream="payment_results"}': always(0) }),
];

const OPEN = 'loomi_oldest_open_seconds{kind="payment",status="pending"}';
const MONEY = [
  fires('LoomiPaymentsWithoutPage', 'one waits and waits', { [OPEN]: '0+15x200' }),
  silent('LoomiPaymentsWithoutPage', 'the oldest is a minute old', { [OPEN]: always(60) }),
  silent('LoomiPaymentsWithoutPage', 'it has a page and waits for its payer', { 'loomi_oldest_open_seconds{kind="payment",status="processing"}': always(1_700) }),
  fires('LoomiOrderOverdue', 'a refund does not end', { 'loomi_overdue_seconds{kind="refund"}': '0+15x200' }),
  silent('LoomiOrderOverdue', 'a payment expired a moment ago', { 'loomi_overdue_seconds{kind="payment"}': always(300) }),
  fires('LoomiWorkStuck', 'messages fail', { 'loomi_stuck{kind="notification"}': always(2) }),
  silent('LoomiWorkStuck', 'it worked at last', { 'loomi_stuck{kind="payment"}': '2+0x20 0+0x100' }),
  fires('LoomiNewAnomaly', 'the first of its kind', { 'loomi_anomalies_total{kind="paid_twice",instance="p1"}': '0+0x70 1+0x100' }),
  silent('LoomiNewAnomaly', 'the last was hours ago', { 'loomi_anomalies_total{kind="paid_twice",instance="p1"}': '0+0x10 1+0x1000' }, '2h'),
  ofDays(fires('LoomiAnomalyUnresolved', 'it stands for a day', { 'loomi_unresolved_anomalies{kind="paid_late"}': always(1) }, '26h')),
  silent('LoomiAnomalyUnresolved', 'it is new', { 'loomi_unresolved_anomalies{kind="paid_late"}': always(1) }),
  ofDays(silent('LoomiAnomalyUnresolved', 'there is none', { 'loomi_unresolved_anomalies{kind="paid_late"}': always(0) }, '26h')),
];

const calls = (call: string, meaning: string): string => `loomi_gateway_calls_total{call="${call}",meaning="${meaning}",instance="p1"}`;
const bucket = (le: string): string => `loomi_gateway_call_seconds_bucket{call="create",le="${le}",instance="p1"}`;
const notified = (outcome: string): string => `loomi_notifications_total{outcome="${outcome}",instance="a1"}`;
const LAKALA = [
  fires('LoomiBreakerOpen', 'one of two is open', { 'loomi_gateway_breaker_open{instance="p1"}': always(1), 'loomi_gateway_breaker_open{instance="p2"}': always(0) }),
  silent('LoomiBreakerOpen', 'it was open for a moment', { 'loomi_gateway_breaker_open{instance="p1"}': '0+0x78 1+0x2 0+0x100' }),
  fires('LoomiGatewayUnanswered', 'a third is lost', { [calls('create', 'unknown')]: rising(1), [calls('create', 'payable')]: rising(2) }),
  silent('LoomiGatewayUnanswered', 'few are lost', { [calls('create', 'unknown')]: rising(1), [calls('create', 'payable')]: rising(20) }),
  silent('LoomiGatewayUnanswered', 'one of two calls says nothing', { [calls('query', 'unknown')]: '0+0x70 1+0x100', [calls('query', 'open')]: '0+0x72 1+0x100' }),
  fires('LoomiGatewaySlow', 'a fifth takes five seconds', { [bucket('1')]: rising(8), [bucket('5')]: rising(10), [bucket('+Inf')]: rising(10) }),
  silent('LoomiGatewaySlow', 'nearly all are quick', { [bucket('1')]: rising(19), [bucket('5')]: rising(20), [bucket('+Inf')]: rising(20) }),
  fires('LoomiGatewayBudgetUsedUp', 'both use all', {
    [calls('query', 'open')]: rising(1_500),
    'loomi_gateway_budget_share{instance="p1"}': always(50),
    'loomi_gateway_budget_share{instance="p2"}': always(50),
  }),
  silent('LoomiGatewayBudgetUsedUp', 'half is used', { [calls('query', 'open')]: rising(750), 'loomi_gateway_budget_share{instance="p1"}': always(100) }),
  fires('LoomiClockSkew', 'we are ahead', { 'loomi_gateway_clock_skew_seconds{instance="p1"}': always(-90) }),
  silent('LoomiClockSkew', 'it is a few seconds', { 'loomi_gateway_clock_skew_seconds{instance="p1"}': always(-5) }),
  fires('LoomiNotificationsUnverified', 'all are signed by a new certificate', { [notified('unverified')]: rising(2), [notified('kept')]: always(7) }),
  silent('LoomiNotificationsUnverified', 'somebody tries the address', { [notified('unverified')]: rising(1), [notified('kept')]: rising(9) }),
  fires('LoomiCertificateExpires', 'one of two ends', {
    'loomi_certificate_days_left{owner="lakala",serial="1",instance="p1"}': always(20),
    'loomi_certificate_days_left{owner="lakala",serial="2",instance="p1"}': always(700),
  }),
  silent('LoomiCertificateExpires', 'it lasts', { 'loomi_certificate_days_left{owner="ours",serial="1",instance="p1"}': always(31) }),
];

const GROUP = 'stream="payment_results",consumer_group="shop"';
const STREAMS = [
  fires('LoomiRelayLag', 'nothing is published', { 'loomi_relay_lag_seconds{instance="p1"}': '0+15x200' }),
  silent('LoomiRelayLag', 'it takes a second', { 'loomi_relay_lag_seconds{instance="p1"}': always(1) }),
  fires('LoomiStreamStranger', 'the first', { 'loomi_stream_strangers_total{stream="payment_results",instance="p1"}': '0+0x70 1+0x100' }),
  silent('LoomiStreamStranger', 'there is none', { 'loomi_stream_strangers_total{stream="payment_results",instance="p1"}': always(0) }),
  fires('LoomiSharedGroup', 'two apps share one', { [`loomi_shared_groups{${GROUP},apps="cafe,shop",instance="p1"}`]: always(1) }),
  silent('LoomiSharedGroup', 'they did for a moment', { [`loomi_shared_groups{${GROUP},apps="cafe,shop",instance="p1"}`]: '1+0x10 _x100' }),
  fires('LoomiAppBehind', 'its consumer is dead', { [`loomi_stream_oldest_pending_seconds{${GROUP}}`]: '0+15x200' }),
  fires('LoomiAppBehind', "one of the apps' own streams", { 'loomi_stream_oldest_pending_seconds{stream="refund_results:own",consumer_group="other"}': always(900) }),
  silent('LoomiAppBehind', 'it takes a minute', { [`loomi_stream_oldest_pending_seconds{${GROUP}}`]: always(60) }),
  silent('LoomiAppBehind', 'a wake-up of ours is nobody\'s result', { 'loomi_stream_oldest_pending_seconds{stream="payment_tasks",consumer_group="processors"}': always(900) }),
  fires('LoomiRedisDown', 'one has no connection', { 'loomi_redis_connected{instance="p1"}': always(0) }),
  silent('LoomiRedisDown', 'it is away for half a minute', { 'loomi_redis_connected{instance="p1"}': '1+0x77 0+0x100' }),
];

const answers = (route: string, status: string): string => `loomi_http_requests_total{route="${route}",status="${status}",instance="a1"}`;
const TURNED_AWAY = 'loomi_turned_away_total{door="creates",instance="a1"}';
const RESOURCES = [
  fires('LoomiRefusals', 'requests are turned away and none is answered 503', { [answers('/o', '202')]: rising(10), [TURNED_AWAY]: rising(1) }),
  fires('LoomiRefusals', 'the database is away', { [answers('/o', '503')]: rising(10), [TURNED_AWAY]: always(0) }),
  silent('LoomiRefusals', 'only health says 503', { [answers('/o', '202')]: rising(10), [answers('/health/ready', '503')]: rising(10), [TURNED_AWAY]: always(0) }),
  silent('LoomiRefusals', 'nobody asks for anything', { [TURNED_AWAY]: always(0) }),
  fires('LoomiPoolExhausted', 'somebody waits at every look', { 'loomi_database_waiting{instance="a1"}': always(3) }),
  silent('LoomiPoolExhausted', 'somebody waits now and then', { 'loomi_database_waiting{instance="a1"}': '3 0 2 9 0 '.repeat(40).trim() }),
  fires('LoomiEventLoopDelay', 'it is late for minutes', { 'nodejs_eventloop_lag_p99_seconds{job="loomi-api",instance="a1"}': always(0.8) }),
  silent('LoomiEventLoopDelay', 'it is as it should be', { 'nodejs_eventloop_lag_p99_seconds{job="loomi-api",instance="a1"}': always(0.02) }),
  fires('LoomiPartitionsRunOut', 'none was made for days', { 'loomi_partition_days_ahead{parent="events"}': always(4) }, '40m'),
  silent('LoomiPartitionsRunOut', 'they are made', { 'loomi_partition_days_ahead{parent="events"}': always(7) }, '40m'),
  fires('LoomiApiKeyExpires', 'it ended yesterday', { 'loomi_api_key_days_left{app="shop",instance="a1"}': always(-1) }),
  silent('LoomiApiKeyExpires', 'it lasts', { 'loomi_api_key_days_left{app="shop",instance="a1"}': always(8) }),
];

export const ALERT_CASES: readonly AlertCase[] = [...PROCESSES, ...MONEY, ...LAKALA, ...STREAMS, ...RESOURCES];
