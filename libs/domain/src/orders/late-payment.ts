/**
 * What an app wants a payment to become that comes after its order failed: `hold` leaves it to an operator, `refund` gives
 * the money back, `accept` lets the order succeed after all.
 */
export const LATE_PAYMENT_CHOICES = ['hold', 'refund', 'accept'] as const;
export type LatePaymentChoice = (typeof LATE_PAYMENT_CHOICES)[number];
