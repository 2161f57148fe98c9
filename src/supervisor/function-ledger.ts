/**
 * The ledger of a call's end functions: for each what became of it, what it waits for, and why. A
 * function that never ran is in it like every other.
 */
import type { CallContext } from '../../machines/call/context.ts';
import { awaitsInputs } from '../actors/function-start.ts';
import { missingInputs } from '../actors/readiness.ts';
import type { ArmedTimer, CallState, PendingEffect } from '../actors/call-state.ts';
import { timerById } from '../actors/call-state.ts';
import type { FollowUp, FunctionLedger } from '../actors/account.ts';
import { effectTimer } from '../actors/draft.ts';
import { isIn } from '../actors/effect-fold.ts';

export interface FunctionView {
  readonly name: string;
  readonly version: string;
  /**
   * `declared`: the call has not come to it. `waiting`: for another function, an input or its next
   * attempt. `running`: attempt number `attempt` is under way. The others are final.
   */
  readonly status: 'declared' | 'waiting' | 'running' | 'succeeded' | 'dead_lettered' | 'skipped';
  /** What it waits for, why it was skipped, or what its last failure was. */
  readonly why?: string;
  /** Attempts begun so far; 0 = it never ran. */
  readonly attempt: number;
  /** When it is tried next, ms since the epoch. */
  readonly nextAttemptAt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Inputs that had not come when it started. */
  readonly missing?: readonly string[];
  readonly followUp?: FollowUp;
}

/** Pure. `dueAt`: when a timer counts by fold time. */
export function functionViews(state: CallState, dueAt: (timer: ArmedTimer) => number): FunctionView[] {
  return Object.entries(state.account.functions).map(([name, ledger]) => {
    const effect = effectOf(state, name);
    const timer = effect && timerById(state, effectTimer(effect.request.effectId));
    const { version, startedAt, endedAt, missing, followUp } = ledger;
    return {
      name,
      version,
      ...statusOf(state, name, ledger, effect),
      attempt: Math.max(ledger.attempts, effect?.attempt ?? 0),
      ...(timer === undefined ? {} : { nextAttemptAt: dueAt(timer) }),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(missing === undefined ? {} : { missing }),
      ...(followUp === undefined ? {} : { followUp }),
    };
  });
}

function effectOf({ effects }: CallState, name: string): PendingEffect | undefined {
  return effects.find(
    ({ subject, request, followUp }) =>
      request.kind === 'run-end-function' && subject === name && followUp !== true,
  );
}

type Status = Pick<FunctionView, 'status' | 'why'>;

function statusOf(
  state: CallState,
  name: string,
  { status, reason, error }: FunctionLedger,
  effect: PendingEffect | undefined,
): Status {
  const why = reason ?? error;
  const said: Status = { status, ...(why === undefined ? {} : { why }) };
  if (status === 'waiting') return waitingFor(state, name);
  if (status !== 'running' || effect === undefined) return said;
  const manifest = state.config.functions.find((known) => known.name === name);
  if (awaitsInputs(effect)) {
    return { status: 'waiting', why: `inputs: ${missingInputs(state, manifest).join(', ')}` };
  }
  if (effect.phase === 'noted') return { status: 'waiting', why: 'paused' };
  if (effect.phase === 'backing-off') return { status: 'waiting', why: `attempt ${effect.attempt} failed` };
  return said;
}

function waitingFor(state: CallState, name: string): Status {
  if (!isIn(state.snapshot.value, 'post-processing.running')) {
    return { status: 'declared', why: 'the end of the call is not decided' };
  }
  const { functions } = state.snapshot.context as CallContext;
  const open = (functions[name]?.after ?? []).filter((other) =>
    ['waiting', 'running'].includes(functions[other]?.status ?? ''),
  );
  return { status: 'waiting', why: `after: ${open.join(', ')}` };
}
