/** Where a process spends its CPU: V8's sampler, summed by package and by place. */
import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector';

export interface Spent {
  /** A package, a folder of the sources, or a part of Node. */
  readonly group: string;
  readonly share: number;
}

export interface Profile {
  /** Of the time that was not idle. */
  readonly groups: readonly Spent[];
  readonly functions: readonly Spent[];
}

/** 200 µs between samples: finer disturbs more than it shows. */
const INTERVAL_US = 200;

let session: Session | undefined;

function groupOf({ url, functionName }: Profiler.ProfileNode['callFrame']): string {
  if (functionName === '(garbage collector)') return 'garbage collector';
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (packaged !== undefined) return packaged;
  const own = /\/(src\/[^/]+|machines|bench)\//.exec(url)?.[1];
  if (own !== undefined) return own;
  return url.startsWith('node:') ? 'node' : 'native';
}

function shares(spent: ReadonlyMap<string, number>, total: number): Spent[] {
  return [...spent]
    .map(([group, time]) => ({ group, share: time / total }))
    .sort((a, b) => b.share - a.share);
}

/** Pure; runs in the runner, so that the measured process only samples. */
export function summarise({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Profile {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const [groups, functions] = [new Map<string, number>(), new Map<string, number>()];
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const time = timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)' || frame.functionName === '(root)') continue;
    const group = groupOf(frame);
    const name = `${frame.functionName || '(anonymous)'} ${group} ${frame.url.split('/').at(-1) ?? ''}:${frame.lineNumber + 1}`;
    total += time;
    groups.set(group, (groups.get(group) ?? 0) + time);
    functions.set(name, (functions.get(name) ?? 0) + time);
  }
  return { groups: shares(groups, total), functions: shares(functions, total).slice(0, 40) };
}

export const profiler = {
  startProfile: async (): Promise<void> => {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    await session.post('Profiler.start');
  },
  stopProfile: async (): Promise<Profiler.Profile> => {
    const stopped = await session?.post('Profiler.stop');
    session?.disconnect();
    return stopped?.profile ?? { nodes: [], startTime: 0, endTime: 0 };
  },
};
