/** Folds a history again, with effects off: what each message did to the call. Pure. */
import type { CallState, Fold, PinnedConfig } from '../../actors/call-state.ts';
import { createDecoder } from '../../contract/decode.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Message } from '../../contract/message.ts';
import { callFold } from '../../supervisor/call-fold.ts';
import { stateNameOf } from '../../supervisor/call-views.ts';
import { claimOf, firstPartitionState, foldPartition, worldOf } from '../../supervisor/partition-fold.ts';
import type { PartitionState } from '../../supervisor/partition-fold.ts';
import type { History } from './history.ts';

/** One message and what came of it. */
export interface Step {
  readonly seq: number;
  /** Stream time, ms since the epoch. */
  readonly at: number;
  readonly gateway: string;
  readonly type: string;
  readonly data: JsonObject;
  /** The fold's verdict; `held` before the call started, else why it was refused. */
  readonly verdict: string;
  /** Top state after it; absent before the call started. */
  readonly state?: string;
  /** What was asked for now: `hang-up-leg carrier #1`. */
  readonly effects: readonly string[];
  /** Armed timers after it. */
  readonly timers: readonly string[];
}

/** Marks echoed before a call started are dropped, other events wait for its start (log rule 22). */
const DROPPED = 'mark.echoed';

/**
 * Every message of the call, in order. `fallback` stands in for a claim that is no longer in the log.
 * Throws what the fold throws: a defect, which the owner would have answered with a quarantine.
 */
export function refold(history: History, fallback: PinnedConfig): Step[] {
  const decode = createDecoder(history);
  const nobody = { epoch: 0, node: '', nonce: '', config: fallback };
  let partition: PartitionState = firstPartitionState(nobody);
  let state: CallState | undefined;
  const held: Message[] = [];
  const steps: Step[] = [];
  for (const stored of history.messages) {
    const decoded = decode(stored);
    if (!decoded.ok) {
      if (decoded.callId === history.callId) steps.push(refused(stored.seq, stored.timestampMs, decoded));
      continue;
    }
    const { message } = decoded;
    if (message.callId !== history.callId) {
      if (message.type === 'partition.claimed' && partition.claim.epoch === 0) {
        partition = firstPartitionState(claimOf(message));
      }
      partition = foldPartition(partition, message, stored.timestampMs);
      continue;
    }
    const apply = (one: Message): void => {
      const done = applied(state, one, partition);
      state = done.state ?? state;
      steps.push(stepOf(one, done.verdict, state, done.effects));
    };
    if (state === undefined && message.type !== 'call.started') {
      steps.push(stepOf(message, message.type === DROPPED ? 'dropped' : 'held', undefined, []));
      if (message.type !== DROPPED) held.push(message);
      continue;
    }
    apply(message);
    if (state !== undefined) for (const earlier of held.splice(0)) apply(earlier);
  }
  return steps;
}

interface Applied {
  readonly state?: CallState;
  readonly verdict: string;
  readonly effects: Fold['effects'];
}

function applied(state: CallState | undefined, message: Message, partition: PartitionState): Applied {
  const world = worldOf(partition);
  if (state !== undefined) return callFold.foldCall(state, message, world);
  const started = callFold.startCall(message, world);
  return 'refused' in started ? { verdict: `refused: ${started.refused}`, effects: [] } : started;
}

function stepOf(
  { seq, at, gateway, type, data }: Message,
  verdict: string,
  state: CallState | undefined,
  effects: Fold['effects'],
): Step {
  const asked = effects.map(({ kind, payload, attempt }) => {
    const subject = 'leg' in payload ? payload.leg : 'verb' in payload ? payload.verb : undefined;
    const name = 'function' in payload ? payload.function : subject;
    return [kind, name, `#${attempt}`].filter((part) => part !== undefined).join(' ');
  });
  return {
    seq,
    at,
    gateway,
    type,
    data,
    verdict,
    ...(state === undefined ? {} : { state: stateNameOf(state) }),
    effects: asked,
    timers: Object.keys(state?.timers ?? {}),
  };
}

function refused(
  seq: number,
  at: number,
  {
    refusal,
    reason,
    gateway = '',
    type = '',
  }: { refusal: string; reason: string; gateway?: string; type?: string },
): Step {
  return { seq, at, gateway, type, data: {}, verdict: `${refusal}: ${reason}`, effects: [], timers: [] };
}
