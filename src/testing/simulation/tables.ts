/** Invariants 17 and 26: many lives and checkpoints led where one reading of the log leads. */
import type { CallState } from '../../actors/call-state.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import { stableJson } from '../../supervisor/stable-json.ts';
import type { Recovery, SimNode, Surroundings, Takeover } from './nodes.ts';
import type { Replayed } from './replay.ts';
import { replay } from './replay.ts';
import type { World } from './world.ts';

/**
 * Folds the log once more, and holds what each owner had when it went live against what the log held
 * up to there: for every crash there is one.
 */
export function replayAll({ world, calls, takeovers, recoveries }: Surroundings, fold: CallFold): Replayed {
  const since = world.rewoundAt > 0 ? wholeSince(world, takeovers) : undefined;
  const waiting = Array.from({ length: world.partitions }, (_, partition): Recovery[] =>
    recoveries.filter((recovery) => recovery.partition === partition && isKept(recovery, since?.[partition])),
  );
  return replay(world, {
    fold,
    since,
    beganAfter: (callId, { at }) => (calls.get(callId)?.beganAt ?? -Infinity) > at,
    onRead: (partition, seq, table, whole) => {
      const due = (waiting[partition] ?? []).filter((recovery) => recovery.seq === seq);
      for (const { calls: mine } of due) compare(world, mine, table.calls, whole, outline);
    },
  });
}

/** The last takeover after the log was rewound, with the era that is in force since. */
function wholeSince(world: World, takeovers: readonly Takeover[]): (Takeover | 'never')[] {
  return Array.from({ length: world.partitions }, (_, partition) => {
    const later = takeovers.filter((one) => one.partition === partition && one.at > world.rewoundAt);
    const era = later.at(-1)?.facts.era;
    const foreign = later.findLastIndex(({ facts }) => facts.era !== era);
    return later[foreign + 1] ?? 'never';
  });
}

function isKept({ seq, at }: Recovery, since: Takeover | 'never' | undefined): boolean {
  if (since === undefined) return true;
  return since !== 'never' && at > since.at && seq >= since.seq;
}

/** The state of every live owner at the end, in full. */
export function compareTables(
  { world }: Surroundings,
  nodes: readonly SimNode[],
  fold: CallFold,
  { tables, calls }: Replayed,
): void {
  const text = (state: CallState): string => stableJson(fold.toEntry(state));
  for (const { partition, owner } of nodes.flatMap((node) => node.owners())) {
    const expected = tables[partition]?.calls ?? new Map<string, CallState>();
    compare(world, owner.table.calls, expected, (callId) => calls.get(callId)?.whole === true, text);
  }
}

function compare(
  world: World,
  mine: ReadonlyMap<string, CallState>,
  log: ReadonlyMap<string, CallState>,
  whole: (callId: string) => boolean,
  textOf: (state: CallState) => string,
): void {
  for (const callId of new Set([...log.keys(), ...mine.keys()])) {
    if (!whole(callId)) continue;
    const [here, there] = [mine, log].map((calls) => {
      const state = calls.get(callId);
      return state === undefined ? 'nothing' : textOf(state);
    }) as [string, string];
    world.hold(
      26,
      here === there,
      () => `the owner holds another state than the log: ${differ(here, there)}`,
      callId,
    );
  }
}

/** Enough to tell two states apart, and cheap. */
function outline({ last, snapshot, timers, effects, ids, foldAt }: CallState): string {
  const armed = timers.map(({ timerId, armed: { seq } }) => `${timerId}@${seq}`);
  const wanted = effects.map((one) => `${one.name}#${one.attempt}${one.phase}`);
  const parts = [last.seq, foldAt, JSON.stringify(snapshot.value), ids.length];
  return [...parts, armed.sort().join(), wanted.sort().join()].join(' ');
}

/** The two texts around the first place in which they differ. */
function differ(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return `${a.slice(Math.max(0, at - 60), at + 60)} | ${b.slice(Math.max(0, at - 20), at + 60)}`;
}
