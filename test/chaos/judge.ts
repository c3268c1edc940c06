import { judgeEvents, judgeNotifications, judgeRedis } from './judge-events.ts';
import { judgeAccepted, judgeEnds, judgeFailover, judgePages, judgeRefunds, matchBooks } from './judge-money.ts';
import { judgeApart, judgeBadInput, judgeBrownOuts, judgeDeploys, judgeSecrets } from './judge-service.ts';
import type { Findings, Verdict } from './findings.ts';

/** One verdict for each guarantee. */
export function judge(findings: Findings): Verdict[] {
  const matched = matchBooks(findings);
  return [
    judgeAccepted(findings),
    judgePages(findings, matched),
    judgeRefunds(findings, matched),
    judgeEnds(findings, matched),
    judgeEvents(findings),
    judgeNotifications(findings),
    judgeRedis(findings),
    judgeFailover(findings),
    judgeBrownOuts(findings),
    judgeBadInput(findings),
    judgeApart(findings),
    judgeDeploys(findings),
    judgeSecrets(findings),
  ];
}
