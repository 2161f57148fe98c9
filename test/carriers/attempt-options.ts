/** Options of one attempt, as the dispatcher would give them. */
import { Cancellation } from '../../src/carriers/cancellation.ts';
import type { AttemptOptions } from '../../src/carriers/carrier.ts';

/** Long enough for a busy machine; the tests never wait for it to pass. */
export function attemptOptions(over: Partial<AttemptOptions> = {}): AttemptOptions {
  return { cancellation: new Cancellation(), timeoutMs: 30_000, idempotencyKey: 'effect-1', ...over };
}
