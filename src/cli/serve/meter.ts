/** Turns what supervisor and dispatcher do into metrics. It changes nothing of what they do. */
import type { Clock } from '../../clock/clock.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Json } from '../../contract/json.ts';
import type { DispatchOwner } from '../../dispatcher/port.ts';
import type { CallStateName, ViewEvent } from '../../supervisor/view.ts';
import type { InputVerdict, Metrics } from '../../telemetry/metrics.ts';

export interface Meter {
  /** The same owner, with its outcomes counted. */
  owner(owner: DispatchOwner): DispatchOwner;
  onRequest(effect: Effect): void;
  onInput(verdict: string): void;
  onFact(event: ViewEvent): void;
}

const VERDICTS: ReadonlySet<string> = new Set<InputVerdict>([
  'applied',
  'held',
  'expired',
  'duplicate',
  'late',
  'invalid',
  'unauthorised',
  'wrong-partition',
]);

/** What is remembered of an open call. */
interface Known {
  /** Into its present state, by fold time. */
  readonly enteredAt: number;
  readonly provider: string;
}

/** Calls whose partition went elsewhere are never closed here; the metrics of more calls are not worth the memory. */
const CALLS_MAX = 200_000;

/** Of one node. */
export function createMeter(metrics: Metrics, clock: Clock): Meter {
  /** When the attempt's request left. */
  const sentAt = new WeakMap<Effect, number>();
  const calls = new Map<string, Known>();
  return {
    owner: (owner) => ({
      mayAct: (effect) => owner.mayAct(effect),
      onAttempted: (effect) => owner.onAttempted(effect),
      onSettled: (effect, outcome) => {
        const started = sentAt.get(effect);
        const durationMs = started === undefined ? 0 : clock.monotonic() - started;
        metrics.effectSettled(effect.kind, outcome.result, durationMs);
        owner.onSettled(effect, outcome);
      },
    }),
    onRequest(effect) {
      sentAt.set(effect, clock.monotonic());
      if (effect.kind === 'hang-up-leg' && effect.attempt === 1) {
        // The fold time is the server's clock: a skew shows here, and `onhook doctor` names it.
        metrics.hangupDelay(Math.max(0, clock.now() - effect.requestedAt));
      }
    },
    onInput: (verdict) => {
      if (VERDICTS.has(verdict)) metrics.inputs(verdict as InputVerdict);
    },
    onFact({ type, callId, at, data }) {
      const known = calls.get(callId);
      if (type === 'call.started' && calls.size < CALLS_MAX) {
        calls.set(callId, { enteredAt: at, provider: wordOf(data['provider']) });
      }
      if (type === 'state.changed' && known !== undefined) {
        metrics.stateLeft(wordOf(data['from']) as CallStateName, at - known.enteredAt);
        calls.set(callId, { ...known, enteredAt: at });
      }
      if (type !== 'call.closed') return;
      calls.delete(callId);
      metrics.callEnded({
        endReason: wordOf(data['endReason']),
        endedBy: wordOf(data['endedBy']),
        farewell: wordOf(data['farewell']),
        provider: known?.provider ?? 'unknown',
      });
    },
  };
}

function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'unknown';
}
