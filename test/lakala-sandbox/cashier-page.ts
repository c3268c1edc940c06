import { CASHIER_STYLE } from './cashier-style.ts';
import { chinaTime } from './china-time.ts';
import { PAY_MODES, type PayMode } from './ledger-records.ts';
import type { Order } from './ledger.ts';
import { orderStatus, paidTrades, refundedAmount, type OrderStatus } from './order-view.ts';
import { counterQuery } from './orders.ts';

interface StateText {
  tone: 'good' | 'bad' | 'wait' | 'off';
  sign: string;
  title: string;
  says: string;
  english: string;
}

const STATES: Record<OrderStatus, StateText> = {
  '0': { tone: 'wait', sign: '¥', title: '待支付', says: '请选择支付方式后付款', english: 'Waiting for your payment' },
  '1': { tone: 'wait', sign: '…', title: '支付中', says: '上一次付款正在处理', english: 'A payment is under way' },
  '2': { tone: 'good', sign: '✓', title: '支付成功', says: '商家已收到您的付款', english: 'Paid. Thank you.' },
  '3': {
    tone: 'bad',
    sign: '!',
    title: '支付失败',
    says: '上一次付款没有成功，可以重试',
    english: 'The last attempt failed. You may try again.',
  },
  '4': { tone: 'off', sign: '–', title: '订单已过期', says: '请回到商家重新下单', english: 'This order has expired' },
  '5': {
    tone: 'off',
    sign: '×',
    title: '已取消',
    says: '您已取消本次支付，未扣款',
    english: 'You cancelled. Nothing was charged.',
  },
  '6': {
    tone: 'good',
    sign: '↩',
    title: '已退款',
    says: '款项已部分或全部退回',
    english: 'Refunded, in part or in full',
  },
  '7': {
    tone: 'off',
    sign: '–',
    title: '订单已关闭',
    says: '商家已关闭订单，未扣款',
    english: 'The merchant closed this order',
  },
};

const PAY_MODE_NAMES: Record<PayMode, { name: string; english: string; mark: string }> = {
  ALIPAY: { name: '支付宝', english: 'Alipay', mark: '支' },
  WECHAT: { name: '微信支付', english: 'WeChat Pay', mark: '微' },
  UNION: { name: '云闪付', english: 'UnionPay', mark: '云' },
};

/** Text made safe for element content and quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** Whole arithmetic: an amount is shown as it is booked, to the fen. */
function yuan(fen: number): string {
  const whole = Math.floor(fen / 100)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}.${String(fen % 100).padStart(2, '0')}`;
}

/** `2025-03-11 19:55:29`, China time. */
function readableTime(atMs: number): string {
  return chinaTime(atMs).replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3 $4:$5:$6');
}

function layout(title: string, content: string): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${CASHIER_STYLE}</style>
</head>
<body>
<main>
<header><b>收银台 <small>Cashier</small></b><span class="tag">沙盒 · Sandbox</span></header>
${content}
<footer><small>测试环境，不会真实扣款 · Test system, no money moves</small></footer>
</main>
</body>
</html>
`;
}

function action(order: Order, press: string): string {
  return escapeHtml(`/r/0000/${press}?${counterQuery(order)}`);
}

function choice(mode: PayMode, checked: boolean): string {
  const { name, english, mark } = PAY_MODE_NAMES[mode];
  return `<label><span class="mark ${mode}" aria-hidden="true">${mark}</span>
<span class="name">${name}<span class="en">${english}</span></span>
<input type="radio" name="pay_mode" value="${mode}"${checked ? ' checked' : ''}></label>`;
}

function pressForm(order: Order, press: string, text: string, english: string): string {
  return `<form method="post" action="${action(order, press)}">
<button type="submit">${text}<span class="en">${english}</span></button>
</form>`;
}

function payForm(order: Order): string {
  const modes = order.payMode === null ? PAY_MODES : [order.payMode];
  return `<form class="card" method="post" action="${action(order, 'pay')}">
<fieldset><legend>支付方式 <span class="en">Pay with</span></legend>
${modes.map((mode, index) => choice(mode, index === 0)).join('\n')}
</fieldset>
<button class="primary" type="submit">确认支付 ¥${yuan(order.amount)}</button>
</form>
<div class="others">
${pressForm(order, 'fail', '模拟失败', 'Fail this attempt')}
${pressForm(order, 'cancel', '取消支付', 'Cancel for good')}
</div>`;
}

/** An attempt under way can only succeed or fail. */
function underWayForm(order: Order): string {
  return `<div class="others">
${pressForm(order, 'pay', '完成支付', 'Let it succeed')}
${pressForm(order, 'fail', '模拟失败', 'Let it fail')}
</div>`;
}

/** Only a web address becomes a link: anything else a merchant gave stays unclickable. */
function returnLink(order: Order): string {
  if (order.callbackUrl === null || !/^https?:\/\//i.test(order.callbackUrl)) return '';
  return `<a class="button" href="${escapeHtml(order.callbackUrl)}" rel="noreferrer">返回商家 · Back to the shop</a>`;
}

function details(order: Order, nowMs: number): string {
  const rows: [string, string][] = [
    ['商户', order.merchantNo],
    ['订单号', order.outOrderNo],
  ];
  const paid = paidTrades(order)[0];
  if (paid === undefined) rows.push(['有效期至', readableTime(order.expiresAtMs)]);
  else
    rows.push(
      ['支付方式', PAY_MODE_NAMES[paid.payMode].name],
      ['支付时间', readableTime(paid.atMs)],
      ['交易号', paid.tradeNo],
    );
  const refunded = refundedAmount(order, nowMs, ['SUCCESS']);
  if (refunded > 0) rows.push(['已退款', `¥${yuan(refunded)}`]);
  return `<dl class="card">${rows.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;
}

/** The payer's page of an order: what it costs, how it stands, and the buttons that this state allows. */
export function cashierPage(order: Order, nowMs: number): string {
  const status = orderStatus(order, nowMs);
  const { tone, sign, title, says, english } = STATES[status];
  const amount = yuan(order.amount);
  const forms = status === '1' ? underWayForm(order) : ['0', '3'].includes(status) ? payForm(order) : returnLink(order);
  return layout(
    `${title} ¥${amount}`,
    `<section class="card top">
<p class="title">${escapeHtml(order.orderInfo)}</p>
<p class="amount${amount.length > 9 ? ' long' : ''}"><i>¥</i>${amount}</p>
<div class="state ${tone}" data-order-status="${status}"><span data-sign="${sign}" aria-hidden="true"></span>${title}</div>
<p class="says">${says}<span class="en">${english}</span></p>
</section>
${details(order, nowMs)}
${forms}`,
  );
}

/** For an address that leads to no order. */
export function strayPage(): string {
  return layout(
    '链接无效',
    `<section class="card top">
<div class="state off"><span data-sign="?" aria-hidden="true"></span>链接无效</div>
<p class="says">没有找到这个订单，或链接在途中被改动<span class="en">No such order, or the link was changed on its way here</span></p>
</section>`,
  );
}
