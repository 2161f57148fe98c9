/**
 * Nodes of a simulation: the production supervisor, owners and dispatcher in a simulated process. Beside
 * them stands what watches each request before it leaves.
 */
import { createDecoder } from '../../contract/decode.ts';
import type { Effect } from '../../contract/effect.ts';
import { DEFAULT_TIMERS } from '../../contract/timers.ts';
import { ownershipSubject } from '../../contract/own-events.ts';
import { partitionOf } from '../../contract/subjects.ts';
import { createCapacity } from '../../dispatcher/capacity.ts';
import { createDispatcher } from '../../dispatcher/dispatcher.ts';
import type { EffectDispatcher } from '../../dispatcher/port.ts';
import type { LogReader, ReadOptions } from '../../log/log.ts';
import { MemoryLog } from '../../log/memory/index.ts';
import { LocalLeaseKeeper } from '../../supervisor/local-lease-keeper.ts';
import { NodeSupervisor } from '../../supervisor/node-supervisor.ts';
import { pinConfig } from '../../supervisor/stable-json.ts';
import type { FunctionRun } from './functions.ts';
import { functionsFor, MANIFESTS } from './functions.ts';
import type { GatewayCall } from './gateways.ts';
import { commandsFor } from './gateways.ts';
import { poisonableFold } from './poison.ts';
import { SimProcess } from './process.ts';
import type { Lines } from './providers.ts';
import { LINE_PROVIDER } from './providers.ts';
import type { World } from './world.ts';

/** What every claim carries; short budgets, so that a simulated minute holds whole calls. */
export const SIM_CONFIG = pinConfig({
  timers: { ...DEFAULT_TIMERS, maxCallMs: 240_000, postProcessingMs: 60_000 },
  mode: 'own',
  functions: MANIFESTS,
  providers: [LINE_PROVIDER, 'livekit'],
});

/** What nodes act on. */
export interface Surroundings {
  readonly world: World;
  readonly lines: Lines;
  readonly calls: ReadonlyMap<string, GatewayCall>;
  readonly runs: FunctionRun[];
}

/** One life of a node's process. */
export class SimNode {
  readonly name: string;
  readonly process: SimProcess;
  readonly supervisor: NodeSupervisor;
  readonly log: MemoryLog;
  private readonly world: World;
  private readonly capacity: ReturnType<typeof createCapacity>;
  private readonly dispatchers: EffectDispatcher[] = [];
  private readonly leaks = new Map<string, number>();
  private inputs = 0;
  private nonces = 0;

  /** `life` counts the processes of this name. `onCrash`: something in it ended the process. */
  constructor(name: string, life: number, around: Surroundings, onCrash: (node: SimNode) => void) {
    const { world, lines, calls, runs } = around;
    this.name = name;
    this.world = world;
    const process = new SimProcess(`${name}.${life}`, world.timeline, world.random.between(0.999, 1.001));
    this.process = process;
    world.enter(process);
    this.log = new WatchedLog(world.server, process.name, (read) => this.watch(read));
    const { log } = this;
    const { clock } = process;
    this.capacity = createCapacity(clock, { requestsPerSecond: { [LINE_PROVIDER]: 100 } });
    const targets = {
      log,
      clock,
      commands: commandsFor(world, process, calls),
      carriers: new Map([[LINE_PROVIDER, lines.carrierFor(process)]]),
      rooms: new Map([['livekit', lines.roomsFor(process)]]),
      endFunctions: functionsFor(world, process, runs, () => onCrash(this)),
    };
    this.supervisor = new NodeSupervisor({
      nodeId: name,
      log,
      clock,
      config: SIM_CONFIG,
      fold: poisonableFold,
      drainMs: 2e3,
      keeper: new LocalLeaseKeeper(log, clock),
      newNonce: () => `${name}x${life}x${(this.nonces += 1)}`,
      dispatcher: (owner) => {
        const onRequest = (effect: Effect): void => this.judge(effect);
        const onDefect = (error: unknown, { kind, callId }: Effect): void =>
          world.violate(1, `${kind}: the dispatcher threw ${String(error)}`, callId);
        const dispatcher = createDispatcher({
          ...targets,
          owner,
          capacity: this.capacity,
          onRequest,
          onDefect,
        });
        this.dispatchers.push(dispatcher);
        return dispatcher;
      },
      onInput: () => (this.inputs += 1),
      onAlarm: (code) => {
        if (code === 'log_rewound') world.reach('log rewound behind the checkpoint');
      },
    });
    this.supervisor.start();
  }

  /** What is in flight now, and what was held back so far. */
  stats(): { readonly inFlight: number; readonly silenced: number; readonly breakerOpen: boolean } {
    const all = this.dispatchers.map((dispatcher) => dispatcher.stats());
    return {
      inFlight: all.reduce((sum, { inFlight }) => sum + inFlight, 0),
      silenced: all.reduce((sum, { silenced }) => sum + silenced, 0),
      breakerOpen: this.capacity.stats().some(({ breakerOpen }) => breakerOpen),
    };
  }

  /** Partitions of which this process believes to be the live owner. */
  owned(): number[] {
    return this.supervisor.seats.filter(({ state }) => state === 'live').map(({ partition }) => partition);
  }

  /** A request leaves: may it? (invariants 11 and 12) */
  private judge(effect: Effect): void {
    const { world } = this;
    const partition = partitionOf(effect.callId, world.partitions);
    const seat = this.supervisor.seats[partition];
    const epoch = seat?.ownership.epoch ?? 0;
    const subject = world.server.stored(ownershipSubject(world.prefix, partition, world.partitions));
    let claim = world.server.streams.log.last(subject);
    while (claim !== undefined && claim.headers.get('ce-type') !== 'partition.claimed') {
      const { epoch: of } = JSON.parse(new TextDecoder().decode(claim.data)) as { epoch: number };
      claim = world.server.streams.log.at(of);
    }
    if (claim === undefined || claim.seq <= epoch) return;
    world.reach('request after a claim that was not read yet');
    const emergency = seat?.owner?.effects.emergency.allows(effect) === true;
    if (!emergency && effect.position.seq > claim.seq) {
      world.violate(
        11,
        `${effect.kind} was decided after claim ${claim.seq} by the owner of ${epoch}`,
        effect.callId,
      );
    }
    const key = `${epoch} ${effect.effectId}`;
    const leaked = (this.leaks.get(key) ?? 0) + 1;
    this.leaks.set(key, leaked);
    if (leaked > 1 && !emergency) {
      world.violate(12, `${effect.kind} leaked ${leaked} times from the owner of ${epoch}`, effect.callId);
    }
  }

  /** Each message that is handed over is counted once, under one verdict (invariant 19). */
  private watch(options: ReadOptions): ReadOptions {
    return {
      ...options,
      onMessage: (message) => {
        const before = this.inputs;
        const pending = options.onMessage(message);
        const count = (): void => {
          const counted = this.inputs - before;
          const ended = this.supervisor.seats[options.partition ?? 0]?.owner === undefined;
          if (counted !== 1 && !ended)
            this.world.violate(19, `message ${message.seq} was counted ${counted} times`);
        };
        if (pending === undefined) return count();
        return pending;
      },
    };
  }
}

/** The memory log, with an eye on its readers. */
class WatchedLog extends MemoryLog {
  private readonly watch: (options: ReadOptions) => ReadOptions;

  constructor(server: World['server'], node: string, watch: (options: ReadOptions) => ReadOptions) {
    super(server, node);
    this.watch = watch;
  }

  override read(options: ReadOptions): LogReader {
    return super.read(this.watch(options));
  }
}

/** Reads what the world's log holds. */
export function decoderOf({ prefix, partitions }: World): ReturnType<typeof createDecoder> {
  return createDecoder({ prefix, partitions });
}
