/** What one step of a machine yields: the next snapshot, and what is to be done, as data. */
import type { AnyMachineSnapshot } from 'xstate';

export interface NamedAction {
  readonly type: string;
  /** The machine's context and event at the moment of the action. */
  readonly context: unknown;
  readonly event: { readonly type: string };
}

export interface Armed {
  /** `<delay>.<state id>`: stable over replays. */
  readonly timerId: string;
  readonly delayMs: number;
}

export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  /** In order; a timer that is cancelled and armed again is armed. */
  readonly armed: readonly Armed[];
  readonly cancelled: readonly string[];
  readonly actions: readonly NamedAction[];
}
