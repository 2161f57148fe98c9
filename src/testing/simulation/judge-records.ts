/** The call records against the log, the lines and the functions (invariants 7, 8, 17, 25 and 27). */
import type { JsonObject } from '../../contract/json.ts';
import { recordSubject } from '../../contract/subjects.ts';
import type { StoredMessage } from '../../log/log.ts';
import { stableJson } from '../../supervisor/stable-json.ts';
import type { Evidence } from './evidence.ts';
import type { ReplayedCall } from './replay.ts';
import { EVIDENCE } from './requests.ts';
import { textOf } from './text.ts';
import type { World } from './world.ts';

const DECIDED = new Set(['succeeded', 'dead_lettered', 'skipped']);

/** All versions of one call's record. */
export function judgeRecords(evidence: Evidence, call: ReplayedCall): void {
  const { world } = evidence;
  const { callId } = call;
  const stored = recordsOf(world, callId);
  const versions = stored.map(({ headers }) => Number(headers.get('onhook-record-version')));
  const once = versions.every((version, index) => version === index + 1) && versions.length > 0;
  world.hold(25, once, () => `record versions are [${versions.join(', ')}]`, callId);
  for (const message of stored) {
    const record = JSON.parse(new TextDecoder().decode(message.data)) as JsonObject;
    judgeRecord(evidence, call, record, world.recordedAt[message.seq] ?? 0);
  }
}

function judgeRecord(evidence: Evidence, call: ReplayedCall, record: JsonObject, at: number): void {
  const { world } = evidence;
  const { callId } = call;
  const version = Number(record['recordVersion']);
  if (call.whole) {
    const known = call.records.get(version)?.has(stableJson(record)) === true;
    world.hold(17, known, () => `record version ${version} is not what the log says`, callId);
  }
  const ledgers = record['endFunctions'] as JsonObject[];
  const names = new Set(ledgers.map(({ name }) => textOf(name)));
  world.hold(8, names.size === ledgers.length, () => 'a function stands twice in a record', callId);
  for (const { name, status } of ledgers) {
    const word = textOf(status);
    world.hold(8, DECIDED.has(word), () => `${textOf(name)} is ${word} in a record`, callId);
  }
  judgeLegs(evidence, callId, record['legs'] as JsonObject, at);
  judgeReason(evidence, call, textOf(record['endReason']));
}

/** No record calls a leg ended that lives. `at`: when it was stored, in simulated ms. */
function judgeLegs({ world, lines }: Evidence, callId: string, legs: JsonObject, at: number): void {
  for (const [leg, facts] of Object.entries(legs)) {
    const line = lines.all.get(`${leg}-${callId}`);
    const termination = textOf((facts as JsonObject)['termination']);
    if (line === undefined || !EVIDENCE.has(termination)) continue;
    const ended = line.endedAt !== undefined && line.endedAt <= at;
    world.hold(7, ended, () => `leg ${leg} is recorded as ${termination} and lives`, callId);
  }
}

/** An outage of ours ends no healthy call; a gateway is called lost only after a ping. */
function judgeReason({ world, scripts, calls }: Evidence, call: ReplayedCall, reason: string): void {
  const { callId, effects, whole } = call;
  const lost = reason === 'gateway_lost' || reason === 'media_failure';
  const healthy = scripts.get(callId) === 'a healthy call' && calls.get(callId)?.gone === false;
  if (healthy) world.hold(27, !lost, () => `a healthy call ended as ${reason}`, callId);
  if (reason !== 'gateway_lost' || !whole) return;
  const pinged = effects.some(({ payload }) => 'verb' in payload && payload.verb === 'ping');
  world.hold(27, pinged, () => 'its gateway was given up without a ping', callId);
}

function recordsOf({ server, prefix }: World, callId: string): StoredMessage[] {
  const subject = recordSubject(prefix, callId);
  const { records } = server.streams;
  return records.last(subject) === undefined ? [] : records.newestOf((known) => known === subject, Infinity);
}
