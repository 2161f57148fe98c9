/** Golden logs out of a simulation: the production system under faults, and the calls that it kept. */
import { stateName } from '../../actors/record.ts';
import { createDecoder } from '../../contract/decode.ts';
import { ownershipKey, partitionOf, recordSubject } from '../../contract/subjects.ts';
import type { StoredMessage } from '../../log/log.ts';
import { claimOf, firstPartitionState, foldPartition } from '../../supervisor/partition-fold.ts';
import type { PartitionState } from '../../supervisor/partition-fold.ts';
import { POISON } from '../simulation/poison.ts';
import { simulate } from '../simulation/simulation.ts';
import type { SimulationEnd } from '../simulation/simulation.ts';
import type { GoldenLog } from './golden-call.ts';
import { refoldGolden } from './golden-call.ts';

/** Scripts of the simulation that are worth keeping, and the names of their logs. */
const BY_SCRIPT: Readonly<Record<string, string>> = {
  'the farewell was spoken': 'farewell-spoken',
  'the reply is the farewell': 'farewell-reply',
  'onhook says the farewell': 'farewell-said',
  'the farewell fails': 'farewell-failed',
  'the mark is never echoed': 'mark-never-echoed',
  'barge-in under lock': 'barge-in-lock',
  'barge-in while a listening farewell drains': 'barge-in-listen',
  'the caller takes the call back': 'barge-in-resume',
  'transfer of all legs': 'transfer',
  'transfer against end.requested': 'transfer-against-end',
  'a kill in the farewell': 'operator-kill',
  'an operator ends it': 'operator-end',
  'an operator takes the end back while a mark is on its way': 'operator-cancel',
  'the caller leaves': 'caller-left',
  'the line ends': 'line-ended',
  'the stream stops and the line lives': 'media-lost',
  'the gateway vanishes': 'gateway-lost',
  'outbound, never answered': 'no-answer',
  'a healthy call': 'longest-call',
  'a backstop whose gateway does nothing': 'backstop',
  'only observed': 'observe',
  'a carrier that refuses us': 'leg-failed',
  'a carrier that is down for this line': 'dead-letter-leg',
  'a poisoned call': 'quarantined',
};

/** Properties of a call, whatever its script. */
const BY_PROPERTY: readonly (readonly [string, (log: GoldenLog) => boolean])[] = [
  ['livekit-room', ({ messages }) => says(messages, 'call.started', '"livekit"')],
  ['recovery', ({ messages }) => says(messages, 'partition.claimed', '')],
  ['era-change', ({ partition }) => partition.era > 0],
  [
    'dead-letter-function',
    (log) => JSON.stringify(refoldGolden(log).records[0] ?? {}).includes('dead_lettered'),
  ],
];

function says(messages: readonly StoredMessage[], type: string, text: string): boolean {
  return messages.some(
    ({ subject, headers, data }) =>
      (headers.get('ce-type') === type || subject.endsWith(type)) &&
      new TextDecoder().decode(data).includes(text),
  );
}

/**
 * Runs one seed and returns the calls worth keeping whose names are not `known`: closed, replayed to
 * exactly the records that were published. The same for the same seed and build.
 */
export async function harvest(seed: number, known: ReadonlySet<string>): Promise<GoldenLog[]> {
  const kept = new Map<string, GoldenLog>();
  const onEnd = (end: SimulationEnd): void => {
    for (const [callId, script] of end.scripts) {
      const log = logOf(end, callId, `simulation, seed ${seed}: ${script}`);
      if (log === undefined || !isTrue(end, log)) continue;
      const names = [BY_SCRIPT[script], ...BY_PROPERTY.filter(([, fits]) => fits(log)).map(([name]) => name)];
      const name = names.find((one) => one !== undefined && !known.has(one) && !kept.has(one));
      if (name !== undefined) kept.set(name, { ...log, name });
    }
  };
  await simulate(seed, { onEnd });
  return [...kept.values()];
}

/** From the partition's facts as an owner of its time had them: a new era is in no message. */
function logOf(
  { world, replayed, takeovers }: SimulationEnd,
  callId: string,
  origin: string,
): GoldenLog | undefined {
  const call = replayed.calls.get(callId);
  if (call?.state === undefined || !call.whole || stateName(call.state) !== 'closed') return undefined;
  const { prefix, partitions } = world;
  const index = partitionOf(callId, partitions);
  const first = call.messages[0]?.seq ?? 0;
  const last = call.messages.at(-1)?.seq ?? 0;
  const seen = takeovers.filter(({ partition, seq }) => partition === index && seq < first).at(-1);
  const decode = createDecoder({ prefix, partitions });
  const messages: StoredMessage[] = [];
  let partition: PartitionState | undefined = seen?.facts;
  for (let seq = (seen?.seq ?? 0) + 1; seq <= last; seq += 1) {
    const stored = world.server.streams.log.at(seq);
    const decoded = stored && decode(stored);
    if (decoded?.ok !== true) continue;
    const { message } = decoded;
    // No owner could fold it: what the log holds of it is the quarantine.
    if (message.type === 'caller.spoke' && message.data['text'] === POISON) continue;
    if (message.callId === callId) messages.push(stored as StoredMessage);
    else if (message.callId !== ownershipKey(index, partitions)) continue;
    else if (seq < first) {
      if (message.type === 'partition.claimed') partition ??= firstPartitionState(claimOf(message));
      if (partition !== undefined) partition = foldPartition(partition, message, message.at);
    } else if (message.type !== 'partition.renewed') messages.push(stored as StoredMessage);
  }
  if (partition === undefined) return undefined;
  const facts = { ...partition, ownership: [], quarantine: {} };
  return { name: '', origin, prefix, partitions, callId, partition: facts, messages };
}

/** Each published version is what this log says. */
function isTrue({ world }: SimulationEnd, log: GoldenLog): boolean {
  const subject = recordSubject(world.prefix, log.callId);
  const published = world.server.streams.records
    .newestOf((one) => one === subject, Infinity)
    .map(({ data }) => JSON.stringify(JSON.parse(new TextDecoder().decode(data))));
  const told = refoldGolden(log).records.map((record) => JSON.stringify(record));
  return published.length > 0 && JSON.stringify(published.toSorted()) === JSON.stringify(told.toSorted());
}
