/** Turns what supervisor and dispatcher do into metrics. It changes nothing of what they do. */
import type { Clock } from '../../clock/clock.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Json } from '../../contract/json.ts';
import type { DispatchOwner } from '../../dispatcher/port.ts';
import type { CallStateName, ViewEvent } from '../../supervisor/view.ts';
import { VERDICTS } from '../../telemetry/metrics.ts';
import type { InputVerdict, Metrics } from '../../telemetry/metrics.ts';

export interface Meter {
  /** The same owner, with its outcomes counted. */
  owner(owner: DispatchOwner): DispatchOwner;
  onRequest(effect: Effect): void;
  onInput(verdict: string): void;
  onFact(event: ViewEvent): void;
}

/** Calls whose partition went elsewhere are never closed here; the metrics of more calls are not worth the memory. */
const CALLS_MAX = 200_000;

/** Of one node. */
export function createMeter(metrics: Metrics, clock: Clock): Meter {
  /** When the attempt's request left. */
  const sentAt = new WeakMap<Effect, number>();
  /** Open call → when it came into its present state, by fold time. */
  const enteredAt = new Map<string, number>();
  return {
    owner: (owner) => ({
      mayAct: (effect) => owner.mayAct(effect),
      onAttempted: (effect) => owner.onAttempted(effect),
      onSettled: (effect, outcome) => {
        const started = sentAt.get(effect);
        const durationMs = started === undefined ? 0 : clock.monotonic() - started;
        owner.onSettled(effect, outcome);
        metrics.effectSettled(effect.kind, outcome.result, durationMs);
        if (started !== undefined && effect.kind === 'hang-up-leg' && effect.attempt === 1) {
          // The fold time is the server's clock: a skew shows here, and `onhook doctor` names it.
          metrics.hangupDelay(Math.max(0, clock.now() - durationMs - effect.requestedAt));
        }
      },
    }),
    // What is counted is counted with the outcome: the request has not left yet.
    onRequest: (effect) => void sentAt.set(effect, clock.monotonic()),
    onInput: (verdict) => {
      if (VERDICTS.includes(verdict)) metrics.inputs(verdict as InputVerdict);
    },
    onFact({ type, callId, at, data }) {
      const since = enteredAt.get(callId);
      if (type === 'call.started' && enteredAt.size < CALLS_MAX) enteredAt.set(callId, at);
      if (type === 'state.changed' && since !== undefined) {
        metrics.stateLeft(wordOf(data['from']) as CallStateName, at - since);
        enteredAt.set(callId, at);
      }
      if (type !== 'call.closed') return;
      enteredAt.delete(callId);
      metrics.callEnded({
        endReason: wordOf(data['endReason']),
        endedBy: wordOf(data['endedBy']),
        farewell: wordOf(data['farewell']),
        provider: wordOf(data['provider']),
      });
    },
  };
}

function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'unknown';
}
