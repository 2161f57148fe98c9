/**
 * Nodes of a simulation: the production supervisor, owners and dispatcher in a simulated process. Beside
 * them stands what watches each message that they read, each fold, and each request.
 */
import type { CallState } from '../../actors/call-state.ts';
import { createDecoder } from '../../contract/decode.ts';
import { DEFAULT_TIMERS } from '../../contract/timers.ts';
import { createCapacity } from '../../dispatcher/capacity.ts';
import { createDispatcher } from '../../dispatcher/dispatcher.ts';
import type { DispatchOwner, EffectDispatcher } from '../../dispatcher/port.ts';
import type { LogReader, ReadOptions } from '../../log/log.ts';
import { MemoryLog } from '../../log/memory/index.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import { LocalLeaseKeeper } from '../../supervisor/local-lease-keeper.ts';
import { NodeSupervisor } from '../../supervisor/node-supervisor.ts';
import { OwnerEffects } from '../../supervisor/owner-effects.ts';
import type { PartitionState } from '../../supervisor/partition-fold.ts';
import type { PartitionOwner } from '../../supervisor/partition-owner.ts';
import { pinConfig } from '../../supervisor/stable-json.ts';
import type { FunctionRun } from './functions.ts';
import { functionsFor, MANIFESTS } from './functions.ts';
import type { GatewayCall } from './gateways.ts';
import { commandsFor } from './gateways.ts';
import { SimProcess } from './process.ts';
import type { Lines } from './providers.ts';
import { LINE_PROVIDER, REQUESTS_PER_SECOND } from './providers.ts';
import type { Exempt } from './requests.ts';
import { RequestWatch } from './requests.ts';
import type { World } from './world.ts';

/** What every claim carries; short budgets, so that a simulated minute holds whole calls. */
export const SIM_CONFIG = pinConfig({
  timers: { ...DEFAULT_TIMERS, maxCallMs: 240_000, postProcessingMs: 60_000 },
  mode: 'own',
  functions: MANIFESTS,
  providers: [LINE_PROVIDER, 'livekit'],
});

/** Small, so that the bounds are reached. */
const LIMITS = {
  requestsPerSecond: { [LINE_PROVIDER]: REQUESTS_PER_SECOND, livekit: REQUESTS_PER_SECOND },
  providerInFlightMax: 12,
  functionsInFlightMax: 3,
};
/** Of one call, and of all, that wait for their start (log rule 22). */
const HELD_MAX = { perCall: 16, calls: 1_000 };

/** A life's first look at the partition: where its own claim was read. */
export interface Takeover {
  readonly partition: number;
  /** Sequence of the claim. */
  readonly seq: number;
  /** Simulated ms. */
  readonly at: number;
  readonly facts: PartitionState;
}

/** The open calls of an owner that went live (invariant 26). */
export interface Recovery {
  readonly partition: number;
  /** What it had read. */
  readonly seq: number;
  readonly at: number;
  readonly calls: ReadonlyMap<string, CallState>;
}

/** What nodes act on, and what they leave behind. */
export interface Surroundings {
  readonly world: World;
  readonly lines: Lines;
  readonly calls: ReadonlyMap<string, GatewayCall>;
  /** As the owners fold. */
  readonly fold: CallFold;
  readonly runs: FunctionRun[];
  readonly exempt: Exempt;
  readonly takeovers: Takeover[];
  readonly recoveries: Recovery[];
}

/** One life of a node's process. */
export class SimNode {
  readonly name: string;
  readonly process: SimProcess;
  readonly supervisor: NodeSupervisor;
  readonly log: MemoryLog;
  private readonly around: Surroundings;
  private readonly capacity: ReturnType<typeof createCapacity>;
  private readonly dispatchers: EffectDispatcher[] = [];
  private readonly requests: RequestWatch;
  private readonly seenLive = new Set<PartitionOwner>();
  /** Each life by what acts for it: the sequence of its claim. */
  private readonly epochs = new Map<DispatchOwner, number>();
  private inputs = 0;
  private nonces = 0;

  /** `life` counts the processes of this name. `onCrash`: something in it ended the process. */
  constructor(name: string, life: number, around: Surroundings, onCrash: (node: SimNode) => void) {
    const { world, lines, calls, runs, exempt } = around;
    this.name = name;
    this.around = around;
    const process = new SimProcess(`${name}.${life}`, world.timeline, world.random.between(0.999, 1.001));
    this.process = process;
    world.enter(process);
    this.log = new WatchedLog(world.server, process.name, (read) => this.watch(read));
    const { log } = this;
    const { clock } = process;
    this.capacity = createCapacity(clock, LIMITS);
    this.requests = new RequestWatch(world, () => this.supervisor, exempt, {
      isBusy: () => lines.isBusy(process),
      isProbed: () => this.stats().breakerOpen,
    });
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
      fold: around.fold,
      drainMs: 2e3,
      keeper: new LocalLeaseKeeper(log, clock),
      newNonce: () => `${name}x${life}x${(this.nonces += 1)}`,
      dispatcher: (owner) => this.openDispatcher(owner, targets),
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

  /** Its live owners, with their partitions. */
  owners(): { readonly partition: number; readonly owner: PartitionOwner }[] {
    return this.supervisor.seats.flatMap(({ owner, state, partition }) =>
      owner === undefined || state !== 'live' ? [] : [{ partition, owner }],
    );
  }

  /** What holds in it at any instant between two steps (invariants 5 and 21). */
  look(): void {
    const { world } = this.around;
    for (const { kind, name, inFlight } of this.capacity.stats()) {
      const bounds = { provider: LIMITS.providerInFlightMax, function: LIMITS.functionsInFlightMax };
      const max = kind === 'provider' || kind === 'function' ? bounds[kind] : 1_000;
      if (inFlight === max) world.reach('a lane is full');
      world.hold(21, inFlight <= max, () => `${inFlight} requests in flight to ${name}`);
    }
    for (const { owner } of this.owners()) {
      const { table, effects } = owner;
      let armed = 0;
      for (const { timers } of table.calls.values()) armed += Object.keys(timers).length;
      world.hold(5, effects.timers.size === armed, () => `${effects.timers.size} timers for ${armed} armed`);
      this.judgeHeld(table.held.toJson().map(({ callId }) => callId as string));
    }
  }

  private judgeHeld(ids: readonly string[]): void {
    const { world } = this.around;
    const perCall = new Map<string, number>();
    for (const id of ids) perCall.set(id, (perCall.get(id) ?? 0) + 1);
    const most = Math.max(0, ...perCall.values());
    if (most === HELD_MAX.perCall) world.reach('more events held than a call may have');
    const within = most <= HELD_MAX.perCall && perCall.size <= HELD_MAX.calls;
    world.hold(21, within, () => `${most} events of a call are held, of ${perCall.size} calls`);
  }

  private openDispatcher(
    owner: DispatchOwner,
    targets: Omit<Parameters<typeof createDispatcher>[0], 'owner' | 'capacity'>,
  ): EffectDispatcher {
    const { world } = this.around;
    const dispatcher = createDispatcher({
      ...targets,
      owner,
      capacity: this.capacity,
      onRequest: (effect) => {
        const emergency = owner instanceof OwnerEffects && owner.emergency.allows(effect);
        this.requests.sent(effect, { epoch: this.epochs.get(owner) ?? 0, emergency });
      },
      onDefect: (error, { kind, callId }) =>
        world.hold(33, false, () => `${kind}: the dispatcher threw ${String(error)}`, callId),
    });
    this.dispatchers.push(dispatcher);
    return this.requests.around(dispatcher);
  }

  /**
   * Each message that is handed over is counted once, under one verdict (invariant 19), and none of its
   * partition was left out before it (invariant 4).
   */
  private watch(options: ReadOptions): ReadOptions {
    const { world } = this.around;
    const partition = options.partition ?? 0;
    let expected = options.fromSeq;
    return {
      ...options,
      onMessage: (message) => {
        const { seq } = message;
        const left = world.leftOut(partition, expected, seq);
        world.hold(4, left === undefined, () => `message ${seq} was read before ${left}`);
        expected = seq + 1;
        const before = this.inputs;
        const pending = options.onMessage(message);
        if (pending !== undefined) return pending.then(() => this.noteOwner(partition, seq));
        const counted = this.inputs - before;
        const ended = this.supervisor.seats[partition]?.owner === undefined;
        if (!ended) world.hold(19, counted === 1, () => `message ${seq} was counted ${counted} times`);
        return this.noteOwner(partition, seq);
      },
    };
  }

  /** Remembers where a life began, and with which calls it went live. */
  private noteOwner(partition: number, seq: number): void {
    const { world, takeovers, recoveries } = this.around;
    const seat = this.supervisor.seats[partition];
    const { owner } = seat ?? {};
    if (seat === undefined || owner === undefined) return;
    const at = world.timeline.now;
    if (!this.epochs.has(owner.effects)) this.epochs.set(owner.effects, seat.ownership.epoch ?? 0);
    if (seat.ownership.epoch === seq) takeovers.push({ partition, seq, at, facts: owner.partition });
    if (seat.state !== 'live' || this.seenLive.has(owner)) return;
    this.seenLive.add(owner);
    recoveries.push({ partition, seq: owner.seq, at, calls: new Map(owner.table.calls) });
    this.look();
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
