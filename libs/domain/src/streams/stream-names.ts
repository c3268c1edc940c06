/** The internal streams of wake-ups; an entry says only which row to look at. */
export type TaskStream = 'payment_tasks' | 'refund_tasks' | 'notification_tasks';

/** What a result event tells of. */
export type EventKind = 'payment' | 'refund';

/** The stream that carries results of this kind: the shared one, or an app's own. An app id holds no colon. */
export function resultStream(kind: EventKind, appId: string | null = null): string {
  return appId === null ? `${kind}_results` : `${kind}_results:${appId}`;
}
