/**
 * One seeded run of the whole system in one thread: first faults while calls go their ways, then
 * healing, in which everything has to come to its end, and drills; then the judgement.
 */
import type { CallState } from '../../actors/call-state.ts';
import { contextOf, stateName } from '../../actors/record.ts';
import { partitionOf } from '../../contract/subjects.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import { scheduleDrills } from './drills.ts';
import type { DrillKind } from './evidence.ts';
import { injectFaults } from './faults.ts';
import { judgedFold } from './folds.ts';
import { GatewayCall, INSTANCES } from './gateways.ts';
import { judgeAll, watchOwnership } from './invariants.ts';
import type { Surroundings } from './nodes.ts';
import { SimNode } from './nodes.ts';
import { poisonable } from './poison.ts';
import { Lines } from './providers.ts';
import { countReached } from './reached.ts';
import type { Replayed } from './replay.ts';
import type { SimulationReport } from './report.ts';
import { reportOf } from './report.ts';
import type { Script } from './scripts.ts';
import { callBack, playCall, SCRIPTS } from './scripts.ts';
import { compareTables, replayAll } from './tables.ts';
import { trespass } from './trespass.ts';
import { World } from './world.ts';

/** Faults last this long, in simulated ms. */
const FAULTY_MS = 120_000;
/** After the last power cut calls still begin, and are judged by the whole log. */
const REWINDS_UNTIL_MS = 60_000;
/** What was on its way when the faults stopped has arrived or timed out. */
const CALM_AFTER_MS = 15_000;
/** One owner per partition within this (invariant 32). */
const OWNED_WITHIN_MS = 30_000;
/** The last far end leaves so long after the faults stopped. */
const LEAVES_AFTER_MS = 20_000;
/** After a rewind every line is asked for; question and answer take this long at most (invariant 34). */
const RECONCILED_WITHIN_MS = 60_000;
/** The forgotten call begins, lasts as long as a call may, and uses every budget. */
const CLOSED_WITHIN_MS = 35_000 + 240_000 + 190_000;
/** Past the first round of the automatic redrive of what the faults left behind. */
const ENDS_AT_MS = FAULTY_MS + 120_000 + 620_000;
const LOOK_MS = 250;
const CALLS = 36;

/** Changes to what is simulated: seeded bugs, for tests of the simulation itself. */
export interface SimulationOptions {
  /** The fold that owners and the oracle use. Default: the call actor. */
  readonly fold?: (fold: CallFold) => CallFold;
  /** Told once everything has happened and was judged: to keep what the log holds. */
  readonly onEnd?: (end: SimulationEnd) => void;
}

/** What a run leaves. */
export interface SimulationEnd {
  readonly world: World;
  /** Call id → name of its script. */
  readonly scripts: ReadonlyMap<string, string>;
  readonly replayed: Replayed;
  readonly takeovers: Surroundings['takeovers'];
}

/** Runs one seed. Deterministic; rejects only on a defect of the simulation itself. */
export function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationReport> {
  return new Simulation(seed, options).run();
}

class Simulation {
  private readonly seed: number;
  private readonly world: World;
  private readonly lines: Lines;
  private readonly calls = new Map<string, GatewayCall>();
  private readonly scripts = new Map<string, string>();
  private readonly around: Surroundings;
  private readonly fold: CallFold;
  private readonly rewinds: boolean;
  private readonly onEnd: NonNullable<SimulationOptions['onEnd']>;
  private nodes: SimNode[] = [];
  private lives = 0;
  private silenced = 0;
  private started = 0;

  constructor(seed: number, options: SimulationOptions) {
    this.seed = seed;
    this.onEnd = options.onEnd ?? (() => undefined);
    this.world = new World(seed);
    this.lines = new Lines(this.world);
    this.lines.onEnd = (line) => callBack(this.world, line);
    this.rewinds = this.world.random.chance(0.25);
    this.fold = poisonable(options.fold);
    const { world, lines, calls } = this;
    const fold = judgedFold(world, this.fold);
    const exempt = { emergency: new Set<string>() };
    this.around = { world, lines, calls, fold, exempt, runs: [], takeovers: [], recoveries: [] };
  }

  async run(): Promise<SimulationReport> {
    const { world } = this;
    const { timeline, random } = world;
    const names = random.pick([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]);
    for (const name of names) this.boot(name);
    watchOwnership(world);
    this.watchClaims();
    this.watchNodes();
    for (let i = 0; i < CALLS; i += 1) {
      timeline.after(random.between(3_000, FAULTY_MS - 5_000), () => this.startFaulty());
    }
    injectFaults({
      world,
      lines: this.lines,
      rewindsUntil: this.rewinds ? REWINDS_UNTIL_MS : 0,
      nodes: () => this.nodes,
      crash: (node) => this.crash(node),
      loseInstance: () => this.loseInstance(),
    });
    await timeline.runUntil(FAULTY_MS);
    const drills = await this.heal();
    return this.judge(drills);
  }

  private judge(drills: ReadonlyMap<string, DrillKind>): SimulationReport {
    const { world, around, nodes, fold, seed, calls, scripts } = this;
    const rewound = world.rewoundAt > 0;
    const replayed = replayAll(around, fold);
    countReached(world, replayed);
    compareTables(around, nodes, fold, replayed);
    const calmAt = FAULTY_MS + OWNED_WITHIN_MS;
    judgeAll({ ...around, replayed, scripts, drills, calmAt, rewound });
    this.onEnd({ world, scripts, replayed, takeovers: around.takeovers });
    const silenced = nodes.reduce((sum, node) => sum + node.stats().silenced, this.silenced);
    if (silenced > 0) world.reached.set('lease lost between decision and request', silenced);
    const states = [...replayed.calls.values()].flatMap(({ state }) => state ?? []);
    const callMs = states.reduce((sum, state) => sum + lifeMs(state), 0);
    return reportOf(world, { seed, calls: calls.size, callMs, scripts, rewound });
  }

  private boot(name: string): void {
    this.lives += 1;
    this.nodes.push(new SimNode(name, this.lives, this.around, (node) => this.crash(node)));
  }

  private crash(node: SimNode): void {
    const { world } = this;
    if (node.process.state === 'dead') return;
    if (node.stats().inFlight > 0) world.reach('crash between a request and its outcome');
    this.silenced += node.stats().silenced;
    node.process.kill();
    this.nodes = this.nodes.filter((other) => other !== node);
    world.timeline.after(world.random.between(200, 15_000), () => this.boot(node.name));
  }

  private crashOwnerOf(callId: string): void {
    const partition = partitionOf(callId, this.world.partitions);
    const owner = this.nodes.find((node) => node.owned().includes(partition));
    if (owner !== undefined) this.crash(owner);
  }

  private loseInstance(): void {
    const { random } = this.world;
    const [gateway, instance] = [random.pick(['gw1', 'gw2']), Math.floor(random.between(0, INSTANCES))];
    for (const call of this.calls.values()) {
      if (call.gateway === gateway && call.instance === instance) call.vanish();
    }
  }

  private startFaulty(): void {
    const { world } = this;
    const call = this.start(world.random.pick(SCRIPTS));
    if (world.random.chance(0.1)) call.publish('state.patched', { patch: { early: true } });
    trespass(world, call);
  }

  /** `tempo` undefined: as the seed says. */
  private start(script: Script, tempo?: number): GatewayCall {
    const { world, lines, seed } = this;
    const { random } = world;
    const callId = `call-${seed}-${this.started}`;
    this.started += 1;
    const call = new GatewayCall(world, random.pick(['gw1', 'gw2']), callId, script.manners ?? {});
    this.calls.set(callId, call);
    this.scripts.set(callId, script.name);
    const carrier = lines.add('carrier', callId, script.curse);
    const room = random.chance(0.4) ? lines.add('room', callId) : undefined;
    let commands = 0;
    const operator = (command: string): void => {
      const id = `${callId}-o${(commands += 1)}`;
      world.publish('_operator', callId, `operator.${command}`, {}, { id });
    };
    playCall(script, { world, call, carrier, lines, operator }, room, tempo);
    return call;
  }

  /** Faults stop: all that is left has to come to its end (invariants 29, 30 and 32). */
  private async heal(): Promise<ReadonlyMap<string, DrillKind>> {
    const { world } = this;
    const { timeline, server } = world;
    world.faulty = false;
    this.lines.storm = undefined;
    server.setAvailable(true);
    for (const { process, log } of this.nodes) {
      process.thaw();
      log.setReachable(true);
    }
    timeline.after(CALM_AFTER_MS, () => void (world.calm = true));
    const lines = [...this.lines.all.values()];
    timeline.after(LEAVES_AFTER_MS, () => {
      for (const line of lines) {
        if (this.calls.get(line.callId)?.gone !== true) this.lines.end(line, 'far end');
      }
    });
    const drills = scheduleDrills({
      world,
      start: (script) => this.start(script, 1),
      crashOwnerOf: (callId) => this.crashOwnerOf(callId),
    });
    await timeline.runUntil(FAULTY_MS + OWNED_WITHIN_MS);
    this.checkOwners();
    await timeline.runUntil(FAULTY_MS + RECONCILED_WITHIN_MS);
    this.checkReconciled();
    await timeline.runUntil(FAULTY_MS + CLOSED_WITHIN_MS);
    for (const state of this.open()) {
      world.hold(29, false, () => `still ${stateName(state)}`, state.callId);
    }
    await timeline.runUntil(ENDS_AT_MS);
    this.checkOwners();
    return drills;
  }

  /** Calls that some live owner holds and has not closed. */
  private open(): CallState[] {
    const owners = this.nodes.flatMap((node) => node.owners());
    const calls = owners.flatMap(({ owner }) => [...owner.table.calls.values()]);
    return calls.filter((state) => stateName(state) !== 'closed');
  }

  /** Invariants 32 and 33: one owner each, and none behind what the log holds. */
  private checkOwners(): void {
    const { world, nodes } = this;
    for (let partition = 0; partition < world.partitions; partition += 1) {
      const owners = nodes.flatMap((node) => node.owners().filter((owned) => owned.partition === partition));
      world.hold(32, owners.length === 1, () => `partition ${partition} has ${owners.length} owners`);
      // A message may be on its way; it is not left for a second.
      const read = Math.max(0, ...owners.map(({ owner }) => owner.seq));
      const unread = world.leftOut(partition, read + 1, Infinity);
      const waits = unread !== undefined && (world.storedAt[unread] ?? 0) < world.timeline.now - 1_000;
      world.hold(33, !waits, () => `partition ${partition} stands still before ${unread}`);
    }
  }

  /**
   * Invariant 34, as far as the product goes: a line that ended in what the log forgot is asked for,
   * and its call goes on. Nothing looks for lines without a call.
   */
  private checkReconciled(): void {
    const { world, lines, around } = this;
    for (const state of this.open()) {
      const { callId } = state;
      const partition = partitionOf(callId, world.partitions);
      const lives = around.takeovers.filter((takeover) => takeover.partition === partition);
      // Who finds the log rewound begins an era, and asks.
      const asked = lives.findLast(({ facts }, index) => facts.era > (lives[index - 1]?.facts.era ?? 0))?.at;
      // Another start may have come after the rewind, with no line that could be asked for.
      const hasLine = contextOf(state).legs['carrier'] !== undefined;
      if (stateName(state) !== 'active' || asked === undefined || !hasLine) continue;
      const endedAt = lines.all.get(`carrier-${callId}`)?.endedAt ?? Infinity;
      world.hold(34, endedAt > asked, () => 'its line had ended before it was asked for', callId);
    }
  }

  private watchClaims(): void {
    const { world } = this;
    const { log } = world.server.streams;
    world.server.onAppend(() => {
      const message = log.at(log.lastSeq);
      if (message?.headers.get('ce-type') !== 'partition.claimed') return;
      const frozen = this.nodes.some((node) => node.process.state === 'frozen' && node.owned().length > 0);
      if (frozen) world.reach('owner frozen with a valid reader while another claims');
      if (world.server.buckets.checkpoints.keys().length > 0) world.reach('snapshot older than the log tail');
    });
  }

  private watchNodes(): void {
    const { world } = this;
    if (!world.faulty) return;
    const owned = this.nodes.flatMap((node) => node.owned());
    if (new Set(owned).size < owned.length) world.reach('two owners alive');
    if (this.nodes.some((node) => node.stats().breakerOpen)) world.reach('breaker open');
    for (const node of this.nodes) node.look();
    world.timeline.after(LOOK_MS, () => this.watchNodes());
  }
}

/** From the start of a call until its record was decided. */
function lifeMs(state: CallState): number {
  return (state.account.closedAt ?? state.foldAt) - contextOf(state).startedAt;
}
