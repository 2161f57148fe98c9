/**
 * The life of one side effect: attempted until it is settled or given up. It never acts: the actor
 * starts an attempt when `attempting` is entered and tells what came of it. Waits between attempts are
 * timers of the log like any other.
 */
import { assign, setup } from 'xstate';

export interface RetryPolicy {
  /** Attempts in all; Infinity = until the state that wants it is left. */
  readonly maxAttempts: number;
  /** First wait, then `factor` times more each, at most `maxMs`; in ms. */
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
}

export interface EffectContext {
  /** From 1. */
  readonly attempt: number;
  readonly policy: RetryPolicy;
  /** 0 … 1, from the effect id: waits are spread without randomness, so that replays agree. */
  readonly jitter: number;
  /** The provider asked for a longer wait, in ms. */
  readonly retryAfterMs: number;
}

export type EffectMachineEvent =
  /** The attempt answered the question: done, gone, refused, fatal. */
  | { readonly type: 'attempt.settled' }
  /** Worth another attempt. */
  | { readonly type: 'attempt.retryable'; readonly retryAfterMs?: number };

/** The wait before the next attempt: exponential, between half and all of it, in ms. */
export function backoffMs({ attempt, policy, jitter, retryAfterMs }: EffectContext): number {
  const full = Math.min(policy.maxMs, policy.initialMs * policy.factor ** (attempt - 1));
  return Math.max(retryAfterMs, Math.round(full * (0.5 + jitter / 2)));
}

export const effectMachine = setup({
  types: {
    context: {} as EffectContext,
    events: {} as EffectMachineEvent,
    input: {} as Omit<EffectContext, 'retryAfterMs'>,
  },
  actions: {
    learnWait: assign(({ event }) => ({
      retryAfterMs: event.type === 'attempt.retryable' ? (event.retryAfterMs ?? 0) : 0,
    })),
    countAttempt: assign(({ context }) => ({ attempt: context.attempt + 1 })),
  },
  guards: {
    attemptsAreLeft: ({ context }) => context.attempt < context.policy.maxAttempts,
  },
  delays: { backoff: ({ context }) => backoffMs(context) },
}).createMachine({
  id: 'effect',
  context: ({ input }) => ({ ...input, retryAfterMs: 0 }),
  initial: 'attempting',
  states: {
    // Waits for the outcome of one attempt. The dispatcher bounds it; a crash repeats it.
    attempting: {
      on: {
        'attempt.settled': 'settled',
        'attempt.retryable': [
          { guard: 'attemptsAreLeft', target: 'backing-off', actions: 'learnWait' },
          { target: 'given-up' },
        ],
      },
    },
    // Waits before the next attempt: the policy's backoff, or longer when the provider asked for it.
    'backing-off': {
      on: { 'attempt.settled': 'settled' },
      after: { backoff: { target: 'attempting', actions: 'countAttempt' } },
    },
    // The answer is known.
    settled: { type: 'final' },
    // Nobody waits for another attempt: a dead letter, or a leg that stays unconfirmed.
    'given-up': { type: 'final' },
  },
});
