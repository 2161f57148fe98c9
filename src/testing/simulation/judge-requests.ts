/** What lines, gateways and functions saw, against the log (invariants 3, 9, 10 and 28). */
import { contextOf } from '../../actors/record.ts';
import type { Evidence } from './evidence.ts';
import type { ReplayedCall } from './replay.ts';

/** Invariant 9: one key for one effect, whoever asks and however often. */
export function judgeKeys({ world, runs, lines, replayed, rewound }: Evidence): void {
  const owners = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const { callId, name, key } of runs) {
    const effect = `${callId}/${name}`;
    const only = (owners.get(key) ?? effect) === effect;
    world.hold(9, only, () => `${key} belongs to ${name} and another`, callId);
    // A log that was rewound may start a call again, at another place: another incarnation.
    const same = rewound || (keys.get(effect) ?? key) === key;
    world.hold(9, same, () => `${name} ran under two keys`, callId);
    owners.set(key, effect);
    keys.set(effect, key);
  }
  for (const { callId, id, hangUps } of lines.all.values()) {
    const call = replayed.calls.get(callId);
    if (call?.state === undefined || !call.whole) continue;
    const ends = contextOf(call.state).endAttempt + 1;
    const used = new Set(hangUps.map(({ key }) => key));
    world.hold(9, used.size <= ends, () => `${id} saw ${used.size} keys in ${ends} ends`, callId);
  }
}

/** Of one call that the log tells wholly. */
export function judgeRequests(evidence: Evidence, call: ReplayedCall): void {
  const { world, lines, calls, runs } = evidence;
  const { callId } = call;
  const { emergency } = evidence.exempt;
  const asked = firstAskedAt(call);
  /** Invariant 10. */
  const implied = (what: string, id: string, logSeq: number): void => {
    const at = asked.get(id);
    const holds = (at !== undefined && at <= logSeq) || emergency.has(id);
    world.hold(10, holds, () => `${what} ${id} is not implied by the log up to ${logSeq}`, callId);
  };
  for (const kind of ['carrier', 'room']) {
    for (const { key, logSeq } of lines.all.get(`${kind}-${callId}`)?.hangUps ?? []) {
      implied(`the hangup of the ${kind}`, key, logSeq);
    }
  }
  for (const [effectId, seqs] of calls.get(callId)?.acts ?? []) {
    for (const seq of seqs) implied('the command', effectId, seq);
  }
  for (const run of runs) if (run.callId === callId) implied(run.name, run.key, run.logSeq);
}

/** Idempotency key → first sequence whose fold asks for it; commands by their effect id. */
function firstAskedAt({ effects }: ReplayedCall): Map<string, number> {
  const asked = new Map<string, number>();
  for (const { effectId, idempotencyKey, position } of effects) {
    for (const id of [effectId, idempotencyKey]) {
      asked.set(id, Math.min(asked.get(id) ?? Infinity, position.seq));
    }
  }
  return asked;
}

/** Invariants 3 and 28: the caller heard what is called confirmed; a command acted once. */
export function judgeGateway({ world, calls }: Evidence, { callId, state, whole }: ReplayedCall): void {
  const gateway = calls.get(callId);
  if (state === undefined || gateway === undefined) return;
  const { farewell } = contextOf(state);
  if (whole && farewell?.outcome === 'confirmed') {
    const heard = gateway.heard.has(farewell.mark ?? '');
    world.hold(3, heard, () => `confirmed, and mark ${String(farewell.mark)} was not heard`, callId);
  }
  for (const [effectId, { length }] of gateway.acts) {
    world.hold(28, length === 1, () => `command ${effectId} acted ${length} times`, callId);
  }
}
