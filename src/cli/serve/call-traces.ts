/**
 * Turns folds and attempts into spans. A closed call's own come from its record, at its closing, so that
 * they are whole whoever owned it meanwhile; an attempt's when it ends. It changes nothing of a call.
 */
import type { CallState, Fold } from '../../actors/call-state.ts';
import { callRecord, stateName } from '../../actors/record.ts';
import type { Clock } from '../../clock/clock.ts';
import type { CallRecord } from '../../contract/call-record.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { partitionOf } from '../../contract/subjects.ts';
import type { PartitionSeat } from '../../supervisor/partition-seat.ts';
import { attemptSpan } from '../../telemetry/traces/attempt-span.ts';
import { callSpans } from '../../telemetry/traces/call-spans.ts';
import type { SpanSink, TracedCall } from '../../telemetry/traces/span.ts';
import { CALL, stateKey } from '../../telemetry/traces/span.ts';

export interface CallTracesOptions {
  readonly sink: SpanSink;
  readonly clock: Clock;
  /** Whether spans carry personal data, under `pii.`. */
  readonly personalData: boolean;
  /** Of this node, by partition. */
  readonly seats: () => readonly PartitionSeat[];
}

/** What a node tells. None throws or waits. */
export interface CallTraces {
  /** After each fold. A replay tells of a closing again: it gets the same ids. */
  readonly onFold: (fold: Fold) => void;
  readonly onRequest: (effect: Effect) => void;
  readonly onEnd: (effect: Effect, outcome: Outcome | undefined) => void;
}

interface Begun {
  readonly call: TracedCall;
  readonly parentKey: string;
  /** By the log's clock, as far as it is known here: that of the states. */
  readonly startAt: number;
  /** By this node's, in ms. */
  readonly monotonicAt: number;
}

export function traceCalls({ sink, clock, personalData, seats }: CallTracesOptions): CallTraces {
  /** One value of an effect is one attempt. */
  const begun = new WeakMap<Effect, Begun>();
  return {
    onFold({ state, notes }) {
      if (!notes.some(({ type }) => type === 'call.closed')) return;
      const record = callRecord(state, state.account.recordVersion) as unknown as CallRecord;
      sink.emit(tracedCall(state), callSpans(record, personalData));
    },
    onRequest(effect) {
      const all = seats();
      const owner = all[partitionOf(effect.callId, all.length)]?.owner;
      const state = owner?.table.calls.get(effect.callId);
      if (owner === undefined || state === undefined) return;
      begun.set(effect, {
        call: tracedCall(state),
        parentKey: stateName(state) === 'closed' ? CALL : stateKey(state.account.timeline.length),
        // What asked for it was stored before, whatever we believe of the log's clock.
        startAt: Math.max(owner.effects.logTime.now() ?? clock.now(), state.foldAt),
        monotonicAt: clock.monotonic(),
      });
    },
    onEnd(effect, outcome) {
      const start = begun.get(effect);
      if (start === undefined) return;
      const { call, parentKey, startAt, monotonicAt } = start;
      const endAt = startAt + clock.monotonic() - monotonicAt;
      sink.emit(call, [attemptSpan({ effect, parentKey, startAt, endAt, outcome })]);
    },
  };
}

function tracedCall({ callId, incarnation, account }: CallState): TracedCall {
  return { callId, incarnation, traceparent: account.traceparent };
}
