/**
 * An effect made ready: which lane it takes, what it costs there, and the one request to make. Reading
 * the payload comes first, so that what cannot be sent is refused before it takes anybody's place.
 */
import type { Cancellation } from '../../carriers/cancellation.ts';
import type { Carrier, RoomService } from '../../carriers/carrier.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { EndFunctions } from '../../end-functions/end-function.ts';
import type { Log } from '../../log/log.ts';
import type { LaneKind } from '../capacity.ts';
import type { GatewayCommandSender } from '../port.ts';

/** Everything an effect may act on. */
export interface Targets {
  readonly commands: GatewayCommandSender;
  /** By the name that a leg gives as its provider. */
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly rooms: ReadonlyMap<string, RoomService>;
  readonly endFunctions: EndFunctions;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Task {
  readonly lane: LaneKind;
  /** Of the provider, the gateway or the function. */
  readonly name: string;
  /** Before what else waits in the lane. */
  readonly urgent: boolean;
  /** Requests it sends at most: what the rate of a provider counts. */
  readonly requests: number;
  /**
   * One attempt, started in the same tick. Runs once. Whoever listens to the cancellation ends with it;
   * whoever does not is not waited for.
   */
  readonly perform: (cancellation: Cancellation) => Promise<Outcome>;
}

/** A task, or the outcome of an effect that cannot be attempted. */
export type Prepared = Task | Outcome;

/** The fold and the dispatcher disagree about a shape: another attempt would not help. */
export function badPayload({ kind }: Effect): Outcome {
  return { result: 'fatal', code: 'bad_payload', detail: `${kind} came without what it needs.` };
}
