/**
 * The invariants of the whole system, judged on what happened: the log folded once more against the
 * records, the lines, the gateways and the functions. Numbers are those of the published list. Those
 * that hold step by step are judged while the run goes on: see `folds.ts`, `requests.ts`, `nodes.ts`.
 */
import { isNewer } from '../../supervisor/manifest.ts';
import type { Evidence } from './evidence.ts';
import { judgeDelays } from './judge-delays.ts';
import { judgeHistory } from './judge-history.ts';
import { judgeRecords } from './judge-records.ts';
import { judgeGateway, judgeKeys, judgeRequests } from './judge-requests.ts';
import type { World } from './world.ts';

/**
 * Each is checked in every long run. Not 22: secrets are planted in real processes. Where the log was
 * rewound, what compares with the whole log (in 2, 3, 6, 9, 10, 13, 14, 17, 19, 24, 26, 27, 29, 30, 31) is
 * judged for the calls that began afterwards: of the others the log forgot what the owners had read.
 */
export const CHECKED: readonly number[] = Array.from({ length: 34 }, (_, index) => index + 1).filter(
  (number) => number !== 22,
);

/** Reports every violation to the world. */
export function judgeAll(evidence: Evidence): void {
  judgeKeys(evidence);
  for (const call of evidence.replayed.calls.values()) {
    if (call.state === undefined) continue;
    judgeRecords(evidence, call);
    judgeGateway(evidence, call);
    if (!call.whole) continue;
    judgeRequests(evidence, call);
    judgeHistory(evidence, call);
    judgeDelays(evidence, call);
  }
}

/** Invariant 11, where it is written: no renewal of an older claim, no manifest of an older owner. */
export function watchOwnership(world: World): void {
  const { log } = world.server.streams;
  world.server.onAppend(() => {
    const message = log.at(log.lastSeq);
    if (message?.headers.get('ce-type') !== 'partition.renewed') return;
    const newest = world.newestClaimOf(message.subject);
    const { epoch } = JSON.parse(new TextDecoder().decode(message.data)) as { epoch: number };
    world.hold(11, epoch === newest, () => `the owner of ${epoch} renewed after claim ${newest}`);
  });
  const { checkpoints } = world.server.buckets;
  const write = checkpoints.write.bind(checkpoints);
  const owners = new Map<string, ManifestOwner>();
  checkpoints.write = (key, value, expected) => {
    const revision = write(key, value, expected);
    const owner = key.startsWith('manifest.') ? ownerIn(value) : undefined;
    if (owner === undefined) return revision;
    const before = owners.get(key);
    owners.set(key, owner);
    const behind = before !== undefined && isNewer(before, owner);
    world.hold(11, !behind, () => `${key} of ${before?.epoch} was committed by the owner of ${owner.epoch}`);
    return revision;
  };
}

interface ManifestOwner {
  readonly era: number;
  readonly epoch: number;
}

/** At the beginning of a manifest; parsing all of it would be most of a run. */
function ownerIn(value: Uint8Array): ManifestOwner | undefined {
  const found = /"era":(\d+),"epoch":(\d+)/.exec(new TextDecoder().decode(value.subarray(0, 300)));
  return found === null ? undefined : { era: Number(found[1]), epoch: Number(found[2]) };
}
