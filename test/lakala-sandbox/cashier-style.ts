import { createHash } from 'node:crypto';

/** One column that fits a phone of 390 px, calm on a desktop; light and dark. */
export const CASHIER_STYLE = `
:root{color-scheme:light dark;--bg:#f2f4f7;--card:#fff;--ink:#12161c;--soft:#667085;--line:#e6e9ee;--brand:#1463ff;--brand-ink:#fff;
--good:#0b8a4b;--good-bg:#e5f6ed;--bad:#c2321c;--bad-bg:#fdece8;--wait:#9a6200;--wait-bg:#fff3d9;--off:#475467;--off-bg:#e9ecf1}
@media(prefers-color-scheme:dark){:root{--bg:#0e1116;--card:#181c23;--ink:#f0f2f5;--soft:#98a2b3;--line:#2a303a;--brand:#4c8bff;--brand-ink:#0b1220;
--good:#5bd697;--good-bg:#10301f;--bad:#ff9a86;--bad-bg:#3a1a14;--wait:#ffc766;--wait-bg:#38290c;--off:#b6bfcc;--off-bg:#262c36}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei","Segoe UI",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:440px;min-height:100vh;min-height:100dvh;margin:0 auto;padding:16px 16px calc(14px + env(safe-area-inset-bottom));display:flex;flex-direction:column;gap:12px}
small,.en{color:var(--soft);font-size:12px;line-height:1.35;font-weight:400}
header{display:flex;justify-content:space-between;align-items:center}
header b{font-size:15px}
.tag{border:1px solid var(--line);border-radius:99px;padding:2px 10px;font-size:12px;color:var(--soft);background:var(--card)}
.card{background:var(--card);border-radius:16px;padding:18px 20px}
.top{text-align:center;padding:22px 20px 18px}
.title{margin:0;font-size:16px;font-weight:500;overflow-wrap:anywhere}
.amount{margin:6px 0 12px;font-size:52px;line-height:1.1;font-weight:700;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.amount.long{font-size:36px}
.amount i{font-style:normal;font-size:.55em;margin-right:4px;vertical-align:.18em;font-weight:600}
.state{display:inline-flex;align-items:center;gap:8px;border-radius:99px;padding:5px 14px 5px 6px;font-weight:600;font-size:14px}
.state span{display:grid;place-items:center;width:22px;height:22px;border-radius:50%;background:currentColor}
.state span::before{content:attr(data-sign);color:var(--card);font-size:13px;line-height:1}
.good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);background:var(--bad-bg)}
.wait{color:var(--wait);background:var(--wait-bg)}.off{color:var(--off);background:var(--off-bg)}
.says{margin:10px 0 0;font-size:14px;color:var(--soft)}.says .en{display:block}
dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:9px 14px;font-size:13.5px}
dt{color:var(--soft)}dd{margin:0;text-align:right;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
fieldset{border:0;margin:0;padding:0}
legend{padding:0;margin-bottom:4px;font-size:14px;color:var(--soft)}
label{display:flex;align-items:center;gap:12px;min-height:52px;border-bottom:1px solid var(--line);cursor:pointer}
label:last-of-type{border-bottom:0}
label .mark{display:grid;place-items:center;width:32px;height:32px;border-radius:9px;color:#fff;font-size:15px;font-weight:700}
.ALIPAY{background:#1677ff}.WECHAT{background:#07a552}.UNION{background:#c8102e}
label .name{flex:1}label .en{display:block}
input[type=radio]{appearance:none;margin:0;width:22px;height:22px;border:2px solid #b4bcc8;border-radius:50%}
input[type=radio]:checked{border:7px solid var(--brand)}
input[type=radio]:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
button,.button{display:block;width:100%;min-height:52px;border:0;border-radius:14px;padding:10px 16px;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
button.primary,.button{background:var(--brand);color:var(--brand-ink);font-size:17px;margin-top:10px}
.button{line-height:32px;margin-top:0}
.others{display:grid;grid-template-columns:1fr 1fr;gap:10px}
.others button{background:var(--card);color:var(--ink);line-height:1.25;font-weight:500}
.others .en{display:block}
footer{margin-top:auto;padding-top:6px;text-align:center}
`;

/** For the page's Content-Security-Policy: this style and nothing else. */
export const CASHIER_STYLE_HASH = `'sha256-${createHash('sha256').update(CASHIER_STYLE).digest('base64')}'`;
