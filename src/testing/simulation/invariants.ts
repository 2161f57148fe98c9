/**
 * The invariants of the whole system, checked on what happened: the replayed log against the records,
 * the lines, the gateways and the functions. Numbers are those of the published list of invariants.
 */
import type { Leg } from '../../../machines/call/context.ts';
import { contextOf, stateName } from '../../actors/record.ts';
import type { Effect } from '../../contract/effect.ts';
import type { JsonObject } from '../../contract/json.ts';
import { recordSubject } from '../../contract/subjects.ts';
import type { StoredMessage } from '../../log/log.ts';
import { stableJson } from '../../supervisor/stable-json.ts';
import type { FunctionRun } from './functions.ts';
import type { GatewayCall } from './gateways.ts';
import type { Lines } from './providers.ts';
import type { Replayed, ReplayedCall } from './replay.ts';
import { textOf } from './text.ts';
import type { World } from './world.ts';

/** Checked in every run; 17, 26 and those that need the whole log only where nothing was rewound. */
export const CHECKED = [1, 2, 4, 6, 7, 8, 9, 11, 12, 15, 16, 17, 18, 19, 20, 24, 25, 26, 27, 28, 29, 32, 33];

const EVIDENCE = new Set([
  'confirmed_by_event',
  'confirmed_by_response',
  'confirmed_by_poll',
  'already_ended',
]);
const DECIDED = new Set(['succeeded', 'dead-lettered', 'dead_lettered', 'skipped']);

/** What happened, as all sides saw it. */
export interface Evidence {
  readonly world: World;
  readonly replayed: Replayed;
  readonly lines: Lines;
  readonly calls: ReadonlyMap<string, GatewayCall>;
  readonly runs: readonly FunctionRun[];
  /** Call id → name of its script. */
  readonly scripts: ReadonlyMap<string, string>;
  readonly rewound: boolean;
}

/** Reports every violation to the world. */
export function checkInvariants(evidence: Evidence): void {
  const { replayed, rewound } = evidence;
  checkKeys(evidence);
  for (const call of replayed.calls.values()) {
    if (call.state === undefined) continue;
    checkRecords(evidence, call);
    checkGateway(evidence, call);
    if (rewound) continue;
    checkFolds(evidence, call);
    checkHangUps(evidence, call);
    checkSurvivors(evidence, call);
  }
}

/** Invariants 8, 17, 25 and 27. */
function checkRecords({ world, lines, scripts, rewound }: Evidence, call: ReplayedCall): void {
  const { callId } = call;
  const stored = recordsOf(world, callId);
  const versions = stored.map(({ headers }) => Number(headers.get('onhook-record-version')));
  if (versions.filter((version) => version === 1).length !== 1) {
    world.violate(25, `record versions are [${versions.join(', ')}]`, callId);
  }
  for (const message of stored) {
    const record = JSON.parse(new TextDecoder().decode(message.data)) as JsonObject;
    const version = Number(record['recordVersion']);
    const known = call.records.get(version);
    if (!rewound && known?.has(stableJson(record)) !== true) {
      world.violate(17, `record version ${version} is not what the log says`, callId);
    }
    for (const ledger of record['endFunctions'] as JsonObject[]) {
      if (!DECIDED.has(textOf(ledger['status']))) {
        world.violate(8, `${textOf(ledger['name'])} is ${textOf(ledger['status'])} in a record`, callId);
      }
    }
    for (const [leg, facts] of Object.entries(record['legs'] as JsonObject)) {
      const line = lines.all.get(`${leg}-${callId}`);
      const { termination } = facts as JsonObject;
      if (line !== undefined && EVIDENCE.has(textOf(termination)) && line.endedAt === undefined) {
        world.violate(7, `leg ${leg} is recorded as ${textOf(termination)} and lives`, callId);
      }
    }
    const reason = textOf(record['endReason']);
    const lost = reason === 'gateway_lost' || reason === 'media_failure';
    if (scripts.get(callId) === 'a healthy call' && lost && !rewound) {
      world.violate(27, `a healthy call ended as ${reason}`, callId);
    }
  }
}

function recordsOf({ server, prefix }: World, callId: string): StoredMessage[] {
  return server.streams.records.newestOf((subject) => subject === recordSubject(prefix, callId), Infinity);
}

/** Invariants 3 and 28: the caller heard what is called confirmed; a command acted once. */
function checkGateway({ world, calls, rewound }: Evidence, { callId, state }: ReplayedCall): void {
  const gateway = calls.get(callId);
  if (state === undefined || gateway === undefined) return;
  const { farewell } = contextOf(state);
  if (!rewound && farewell?.outcome === 'confirmed' && !gateway.heard.has(farewell.mark ?? '')) {
    world.violate(3, `the farewell is confirmed and mark ${String(farewell.mark)} was not heard`, callId);
  }
  for (const [effectId, times] of gateway.acts) {
    if (times > 1) world.violate(28, `command ${effectId} acted ${times} times`, callId);
  }
}

/** Invariants 4, 15, 16, 18 and 20, fold by fold. */
function checkFolds({ world }: Evidence, { callId, folds }: ReplayedCall): void {
  for (const { message, before, fold } of folds) {
    if (fold.state.callId !== message.callId)
      world.violate(18, `a message of ${message.callId} changed it`, callId);
    if (before === undefined) continue;
    const foreign = !message.gateway.startsWith('_') && message.gateway !== before.gateway;
    if (foreign && fold.state !== before) world.violate(20, `${message.gateway} changed it`, callId);
    if (fold.state.incarnation !== before.incarnation) world.violate(16, 'another start changed it', callId);
    if (stateName(before) === 'closed' && stateName(fold.state) !== 'closed') {
      world.violate(15, `${message.type} opened it again`, callId);
    }
    const outside = !message.gateway.startsWith('_onhook');
    if (
      stateName(before) === 'closed' &&
      outside &&
      fold.effects.some(({ kind }) => kind === 'hang-up-leg')
    ) {
      world.violate(15, `${message.type} caused a hangup after the end`, callId);
    }
    if (message.type === 'timer.fired' && fold.verdict === 'applied') {
      const timer = before.timers[textOf(message.data['timerId'])];
      if (timer === undefined || timer.armed.seq !== message.data['armedSeq']) {
        world.violate(4, `${textOf(message.data['timerId'])} fired without being armed`, callId);
      }
    }
  }
}

const HANGUP_CAUSES = new Set([
  'end.requested',
  'mark.echoed',
  'playback.cleared',
  'farewell.finished',
  'farewell.failed',
  'caller.left',
  'leg.status',
  'participant.left',
  'room.finished',
  'stream.stopped',
  'call.ended',
  'call.transferred',
  'leg.added',
  'operator.kill-requested',
  'operator.end-requested',
  'unattended.permitted',
  'call.quarantined',
]);

/** Invariants 2 and 6. */
function checkHangUps({ world }: Evidence, call: ReplayedCall): void {
  const { callId, folds, state } = call;
  const ids = new Set<string>();
  for (const { message, before, fold } of folds) {
    for (const effect of fold.effects) {
      if (effect.kind !== 'hang-up-leg') continue;
      if (effect.attempt === 1) checkCause(world, call, effect);
      const { leg } = effect.payload as { leg: string };
      const known: Leg | undefined = before === undefined ? undefined : contextOf(before).legs[leg];
      if (leg === 'carrier') ids.add(effect.effectId);
      if (EVIDENCE.has(known?.termination ?? '')) {
        world.violate(6, `leg ${leg} is hung up after its end was known, at ${message.seq}`, callId);
      }
    }
  }
  const ends = state === undefined ? 0 : contextOf(state).endAttempt + 1;
  if (ids.size > ends) world.violate(6, `${ids.size} hangups of one leg in ${ends} ends`, callId);
}

function checkCause(world: World, { callId, messages, effects }: ReplayedCall, hangup: Effect): void {
  const { cause, position } = hangup;
  const stored = messages.find(({ seq }) => seq === position.seq);
  // Log rule 22: an event that overtook the start is applied at its place.
  const held = stored?.type === 'call.started';
  const at = held ? messages.find(({ seq, type }) => seq < position.seq && type === cause) : stored;
  const own = cause.startsWith('timer.')
    ? 'timer.fired'
    : cause.startsWith('effect.')
      ? 'effect.settled'
      : cause;
  if (at?.type !== own)
    return world.violate(2, `a hangup names ${cause}, which ${position.seq} is not`, callId);
  if (own === cause && !HANGUP_CAUSES.has(cause)) world.violate(2, `a hangup was caused by ${cause}`, callId);
  if (cause !== 'mark.echoed') return;
  const issued = effects.some(({ payload, position: { seq } }) => {
    const marks = 'verb' in payload && payload.verb === 'mark' && payload.body['name'] === at.data['name'];
    const cleared = (message: { type: string; seq: number }): boolean =>
      message.type === 'playback.cleared' && message.seq > seq && message.seq < at.seq;
    return marks && seq < at.seq && !messages.some(cleared);
  });
  if (!issued) world.violate(3, `mark ${textOf(at.data['name'])} ended it without being ours`, callId);
}

/** Invariant 24. */
function checkSurvivors({ world }: Evidence, { callId, folds, effects }: ReplayedCall): void {
  const transfer = folds.find(({ message, before, fold }) => {
    const accepted = before !== undefined && fold.verdict === 'applied';
    return message.type === 'call.transferred' && accepted && contextOf(before).hangUpAt === undefined;
  });
  if (transfer?.before === undefined || stateName(transfer.before) === 'closed') return;
  const survivors = transfer.message.data['survivors'] as string[] | undefined;
  for (const { kind, payload, position } of effects) {
    if ((kind !== 'hang-up-leg' && kind !== 'delete-room') || !('leg' in payload)) continue;
    if (position.seq >= transfer.message.seq && (survivors?.includes(payload.leg) ?? true)) {
      world.violate(24, `surviving leg ${payload.leg} was asked to end`, callId);
    }
  }
}

/** Invariant 9. */
function checkKeys({ world, runs, lines, replayed, rewound }: Evidence): void {
  const owners = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const { callId, name, key } of runs) {
    const effect = `${callId}/${name}`;
    if ((owners.get(key) ?? effect) !== effect)
      world.violate(9, `${key} belongs to ${name} and another`, callId);
    if (!rewound && (keys.get(effect) ?? key) !== key) world.violate(9, `${name} ran under two keys`, callId);
    owners.set(key, effect);
    keys.set(effect, key);
  }
  // A log that was rewound may start a call again, at another place: another incarnation.
  if (rewound) return;
  for (const { callId, id, keys: used } of lines.all.values()) {
    const state = replayed.calls.get(callId)?.state;
    const ends = state === undefined ? Infinity : contextOf(state).endAttempt + 1;
    if (used.size > ends) world.violate(9, `${id} saw ${used.size} keys in ${ends} ends`, callId);
  }
}
