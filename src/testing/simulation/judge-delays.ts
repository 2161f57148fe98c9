/** How long things took once the faults had stopped (invariants 29, 30 and 31). */
import { contextOf } from '../../actors/record.ts';
import { DEFAULT_TIMERS } from '../../contract/timers.ts';
import type { DrillKind, Evidence } from './evidence.ts';
import { SIM_CONFIG } from './nodes.ts';
import { EPOCH_MS } from './process.ts';
import type { ReplayedCall } from './replay.ts';

const { timers } = SIM_CONFIG;
/** Record and dead letters are published, and owners find time for it. */
const PUBLISHED_MS = 15_000;

/** Every budget between the first cause of an end and `closed`, each in full. */
const BUDGETS_MS =
  timers.farewellStartMs +
  timers.farewellMs +
  timers.listenMaxMs +
  timers.drainMs +
  timers.backstopGraceMs +
  timers.egressMs +
  timers.terminateMs +
  3 * timers.verifyMs +
  timers.settleMs +
  timers.postProcessingMs +
  PUBLISHED_MS;

/** Absences are spread by up to half (log rule 16), and one is begun again by `log.restored`. */
const GATEWAY_LOST_MS = 1.5 * timers.livenessMs + timers.gatewayLostMs + timers.commandRetryMs;

/** Invariant 31, from the cause to the request at the line, in ms. */
const HANG_UP_WITHIN_MS: Readonly<Partial<Record<DrillKind, number>>> = {
  'no fault': 250,
  // Load time and the wait of a node that owns more already: a second.
  'owner lost': timers.leaseTtlMs + 2_000 + 1_000,
  'log away': timers.logGraceMs + 2_000,
};

/** Of one closed call that the log tells wholly. */
export function judgeDelays(evidence: Evidence, call: ReplayedCall): void {
  const { world, calls, calmAt } = evidence;
  const { callId, state } = call;
  if (state === undefined) return;
  const closedAt = state.account.closedAt ?? Infinity;
  const { startedAt, policy } = contextOf(state);
  // The log's clock: after the faults it steps no more, and what it drifts is far below a budget.
  const calm = EPOCH_MS + calmAt + world.serverOffsetMs;
  const within = (invariant: number, from: number, ms: number, what: string): void => {
    const lateMs = closedAt - Math.max(from, calm) - ms;
    world.hold(
      invariant,
      lateMs <= 0,
      () => `closed ${Math.round(lateMs)} ms too late after ${what}`,
      callId,
    );
  };
  within(30, startedAt + timers.maxCallMs, BUDGETS_MS, 'the longest call');
  const left = state.account.timeline.findLast(({ from }) => from === 'active')?.at;
  // Observe waits for a fact of the far end (rule R9).
  if (left !== undefined && policy.mode !== 'observe') within(29, left, BUDGETS_MS, 'its first cause');
  const goneAt = calls.get(callId)?.goneAt;
  if (goneAt !== undefined && policy.mode === 'own') {
    within(
      30,
      EPOCH_MS + goneAt + world.serverOffsetMs,
      GATEWAY_LOST_MS + BUDGETS_MS,
      'its gateway was lost',
    );
  }
  judgeHangUpDelay(evidence, call);
}

function judgeHangUpDelay(
  { world, lines, drills }: Evidence,
  { callId, effects, messages }: ReplayedCall,
): void {
  const kind = drills.get(callId);
  const withinMs = kind === undefined ? undefined : HANG_UP_WITHIN_MS[kind];
  const arrived = lines.all.get(`carrier-${callId}`)?.hangUps[0]?.at;
  if (kind === undefined || withinMs === undefined) return;
  const asked = effects.find(({ kind: of, payload }) => of === 'hang-up-leg' && 'leg' in payload);
  const requested = messages.find(({ type }) => type === 'end.requested')?.seq ?? 0;
  const causedAt =
    kind === 'log away'
      ? (world.storedAt[requested] ?? NaN) + DEFAULT_TIMERS.drainMs
      : (world.storedAt[asked?.position.seq ?? 0] ?? NaN);
  const delayMs = Math.round((arrived ?? Infinity) - causedAt);
  world.reach(`hangup measured: ${kind}`);
  world.hold(31, delayMs >= 0 && delayMs <= withinMs, () => `hung up after ${delayMs} ms: ${kind}`, callId);
}
