/** What goes wrong while the faults last, in any order and overlap, as the seed says. */
import type { Lines } from './providers.ts';
import type { SimNode } from './nodes.ts';
import type { World } from './world.ts';

/** What faults act on. */
export interface Victims {
  readonly world: World;
  readonly lines: Lines;
  /** The living. */
  readonly nodes: () => readonly SimNode[];
  /** Kills a node's process and starts another one later. */
  readonly crash: (node: SimNode) => void;
  /** An instance of a gateway dies with all its calls. */
  readonly loseInstance: () => void;
  /** Until then the log may lose what it acknowledged, in simulated ms. */
  readonly rewindsUntil: number;
}

type Fault = readonly [kind: string, inject: (victims: Victims) => void];

const FAULTS: readonly [Fault, ...Fault[]] = [
  ['crash', ({ world, nodes, crash }) => withOne(world, nodes(), crash)],
  [
    'crash at a step',
    ({ world, nodes, crash }) =>
      withOne(world, nodes(), (node) =>
        node.process.light(Math.ceil(world.random.between(1, 400)), () => crash(node)),
      ),
  ],
  ['gateway instance lost', ({ loseInstance }) => loseInstance()],
  ['freeze', ({ world, nodes }) => withOne(world, nodes(), (node) => freeze(world, node))],
  ['log outage', ({ world }) => outage(world, world.random.pick([300, 2_000, 7_000, 14_000]))],
  [
    'node cut off from the log',
    ({ world, nodes }) =>
      withOne(world, nodes(), ({ log }) => {
        log.setReachable(false);
        world.timeline.after(world.random.between(200, 9_000), () => log.setReachable(true));
      }),
  ],
  ['redelivery', ({ world }) => world.server.redeliver(Math.ceil(world.random.between(1, 200)))],
  [
    'step of the log clock',
    ({ world }) => void (world.serverOffsetMs += world.random.pick([-3_000, -400, 700, 2_500])),
  ],
  [
    'step of a node clock',
    ({ world, nodes }) =>
      withOne(
        world,
        nodes(),
        ({ process }) => void (process.wallOffsetMs += world.random.pick([-60_000, 5_000])),
      ),
  ],
  ['storm of 5xx', ({ world, lines }) => storm(world, lines, '503')],
  ['storm of 429', ({ world, lines }) => storm(world, lines, '429')],
];

const POWER_CUT: Fault = ['loss of what was acknowledged', ({ world }) => powerCut(world)];

/** Injects one fault after the other until they stop. */
export function injectFaults(victims: Victims): void {
  const { world } = victims;
  world.timeline.after(world.random.between(1_000, 9_000), () => {
    if (!world.faulty) return;
    const cut = world.timeline.now < victims.rewindsUntil && world.random.chance(0.3);
    const [kind, inject] = cut ? POWER_CUT : world.random.pick(FAULTS);
    world.fault(kind);
    inject(victims);
    injectFaults(victims);
  });
}

function withOne(world: World, nodes: readonly SimNode[], act: (node: SimNode) => void): void {
  // The list is empty while all restart.
  const [first, ...rest] = nodes;
  if (first !== undefined) act(world.random.pick([first, ...rest]));
}

function freeze(world: World, { process }: SimNode): void {
  process.freeze();
  world.timeline.after(world.random.pick([400, 3_000, 8_000, 20_000]), () => process.thaw());
}

function storm(world: World, lines: Lines, answer: '429' | '503'): void {
  lines.storm = answer;
  world.timeline.after(world.random.between(1_000, 9_000), () => void (lines.storm = undefined));
}

function outage(world: World, forMs: number): void {
  world.server.setAvailable(false);
  world.timeline.after(forMs, () => world.server.setAvailable(true));
}

function powerCut(world: World): void {
  world.server.setAvailable(false);
  const { lastSeq } = world.server.streams.log;
  world.rewind(Math.min(lastSeq - 1, Math.ceil(world.random.between(1, 120))));
  world.timeline.after(1_000, () => world.server.setAvailable(true));
}
