/**
 * One seeded run of the whole system in one thread: first faults while calls go their ways, then
 * healing, in which everything has to come to its end; then the judgement.
 */
import { createHash } from 'node:crypto';
import { stateName } from '../../actors/record.ts';
import { stableJson } from '../../supervisor/stable-json.ts';
import { injectFaults } from './faults.ts';
import type { FunctionRun } from './functions.ts';
import { GatewayCall } from './gateways.ts';
import { checkInvariants } from './invariants.ts';
import { SimNode } from './nodes.ts';
import { poisonableFold } from './poison.ts';
import { Lines } from './providers.ts';
import { countReached } from './reached.ts';
import type { Replayed } from './replay.ts';
import { replay } from './replay.ts';
import { callBack, playCall, SCRIPTS } from './scripts.ts';
import type { Violation } from './world.ts';
import { World } from './world.ts';

/** Faults last this long, in simulated ms. */
const FAULTY_MS = 120_000;
/** One owner per partition within this (invariant 32). */
const OWNED_WITHIN_MS = 30_000;
/** The last far end leaves so long after the faults stopped. */
const LEAVES_AFTER_MS = 20_000;
/** The longest call of the simulation, every budget after it, and the waits of what retries (invariant 30). */
const CLOSED_WITHIN_MS = 240_000 + 30_000 + 60_000 + 60_000;
/** Past the first round of the automatic redrive. */
const REDRIVE_MS = 620_000;
const LOOK_MS = 250;
const CALLS = 36;

/** What came of one seed. */
export interface SimulationReport {
  readonly seed: number;
  /** Equal for equal seeds: over everything that the log, the records and the dead letters hold. */
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly steps: number;
  readonly calls: number;
  readonly messages: number;
  /** From the end of the faults until the last call was closed, in simulated ms. */
  readonly healedMs: number;
  readonly rewound: boolean;
  readonly faults: ReadonlyMap<string, number>;
  readonly reached: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
  /** The last messages of the calls that violated something, for people. */
  readonly lastMessages: readonly string[];
}

/** Runs one seed. Deterministic; rejects only on a defect of the simulation itself. */
export async function simulate(seed: number): Promise<SimulationReport> {
  const simulation = new Simulation(seed);
  return simulation.run();
}

class Simulation {
  private readonly seed: number;
  private readonly world: World;
  private readonly lines: Lines;
  private readonly calls = new Map<string, GatewayCall>();
  private readonly scripts = new Map<string, string>();
  private readonly runs: FunctionRun[] = [];
  private readonly rewound: boolean;
  private nodes: SimNode[] = [];
  private lives = 0;
  private silenced = 0;
  private healedMs = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.world = new World(seed);
    this.lines = new Lines(this.world);
    this.lines.onEnd = (line) => callBack(this.world, line);
    this.rewound = this.world.random.chance(0.2);
  }

  async run(): Promise<SimulationReport> {
    const { world } = this;
    const { timeline, random } = world;
    for (const name of random.pick([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]))
      this.boot(name);
    this.watchClaims();
    this.watchNodes();
    for (let i = 0; i < CALLS; i += 1) {
      timeline.after(random.between(3_000, FAULTY_MS - 5_000), () => this.startCall(i));
    }
    injectFaults({
      world,
      lines: this.lines,
      rewinds: this.rewound,
      nodes: () => this.nodes,
      crash: (node) => this.crash(node),
    });
    await timeline.runUntil(FAULTY_MS);
    await this.heal();
    const replayed = replay(world);
    countReached(world, replayed);
    this.checkTables(replayed);
    const { lines, calls, runs, scripts, rewound } = this;
    checkInvariants({ world, replayed, lines, calls, runs, scripts, rewound });
    return this.report();
  }

  private boot(name: string): void {
    this.lives += 1;
    const { world, lines, calls, runs } = this;
    this.nodes.push(new SimNode(name, this.lives, { world, lines, calls, runs }, (node) => this.crash(node)));
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

  private startCall(index: number): void {
    const { world, lines } = this;
    const { random } = world;
    const callId = `call-${this.seed}-${index}`;
    const script = random.pick(SCRIPTS);
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
    if (random.chance(0.1)) call.publish('state.patched', { patch: { early: true } });
    playCall(script, { world, call, carrier, lines, operator }, room);
    this.trespass(call);
  }

  /** Others speak for the call, it is started again, bytes are garbage. */
  private trespass(call: GatewayCall): void {
    const { world } = this;
    const { random, timeline } = world;
    const { callId, gateway } = call;
    const some = (probability: number, act: () => void): void => {
      if (random.chance(probability)) timeline.after(random.between(500, 60_000), act);
    };
    some(0.2, () => world.publish('intruder', callId, 'end.requested', { farewell: 'none' }, { id: 'i1' }));
    some(0.2, () => world.publish('intruder', callId, 'effect.settled', {}, { id: 'i2' }));
    some(0.1, () => world.publish(gateway, callId, 'end.requested', { farewell: 7 }, { id: 'bad' }));
    some(0.2, () =>
      world.publish(
        gateway,
        callId,
        'call.started',
        { provider: 'line', legs: {} },
        { id: `${callId}-again` },
      ),
    );
    some(0.4, () =>
      timeline.after(60_000, () => call.publish('caller.spoke', { text: 'late', final: true })),
    );
  }

  /** Faults stop: all that is left has to come to its end (invariants 29, 30 and 32). */
  private async heal(): Promise<void> {
    const { world } = this;
    const { timeline, server } = world;
    world.faulty = false;
    this.lines.storm = false;
    server.setAvailable(true);
    for (const { process, log } of this.nodes) {
      process.thaw();
      log.setReachable(true);
    }
    timeline.after(LEAVES_AFTER_MS, () => {
      for (const line of this.lines.all.values()) {
        if (this.calls.get(line.callId)?.gone !== true) this.lines.end(line, 'far end');
      }
    });
    await timeline.runUntil(FAULTY_MS + OWNED_WITHIN_MS);
    this.checkOwners();
    const deadline = FAULTY_MS + CLOSED_WITHIN_MS;
    while (this.open().length > 0 && timeline.now < deadline) await timeline.runUntil(timeline.now + 1_000);
    this.healedMs = timeline.now - FAULTY_MS;
    for (const { callId, state } of this.open()) world.violate(29, `still ${state}`, callId);
    await timeline.runUntil(timeline.now + REDRIVE_MS);
    this.checkOwners();
  }

  /** Calls that some live owner holds and has not closed. */
  private open(): { callId: string; state: string }[] {
    return this.nodes.flatMap(({ supervisor }) =>
      supervisor.seats.flatMap(({ owner, state }) => {
        const calls = state === 'live' ? [...(owner?.table.calls.values() ?? [])] : [];
        return calls
          .map((call) => ({ callId: call.callId, state: stateName(call) }))
          .filter((call) => call.state !== 'closed');
      }),
    );
  }

  private checkOwners(): void {
    for (let partition = 0; partition < this.world.partitions; partition += 1) {
      const owners = this.nodes.filter((node) => node.owned().includes(partition));
      if (owners.length === 1) continue;
      this.world.violate(32, `partition ${partition} has ${owners.length} owners`);
    }
  }

  /** Invariants 17 and 26: many lives and checkpoints led where one reading of the log leads. */
  private checkTables({ tables }: Replayed): void {
    if (this.rewound) return;
    for (const { supervisor } of this.nodes) {
      for (const { owner, state, partition } of supervisor.seats) {
        if (owner === undefined || state !== 'live') continue;
        const expected = tables[partition]?.calls ?? new Map<string, never>();
        const live = owner.table.calls;
        for (const callId of new Set([...expected.keys(), ...live.keys()])) {
          const [mine, log] = [live.get(callId), expected.get(callId)];
          const text = (call: typeof mine): string =>
            call === undefined ? 'nothing' : stableJson(poisonableFold.toEntry(call));
          if (text(mine) === text(log)) continue;
          this.world.violate(
            26,
            `the owner holds another state than the log: ${differ(text(mine), text(log))}`,
            callId,
          );
        }
      }
    }
  }

  private watchClaims(): void {
    const { world } = this;
    const { log } = world.server.streams;
    world.server.onAppend(() => {
      const message = log.at(log.lastSeq);
      if (message?.headers.get('ce-type') !== 'partition.claimed') return;
      if (
        this.nodes.some(
          ({ process, supervisor }) => process.state === 'frozen' && supervisor.stats().owned > 0,
        )
      ) {
        world.reach('owner frozen with a valid reader while another claims');
      }
      if (world.server.buckets.checkpoints.keys().length > 0) world.reach('snapshot older than the log tail');
    });
  }

  private watchNodes(): void {
    const { world } = this;
    if (!world.faulty) return;
    const owned = this.nodes.flatMap((node) => node.owned());
    if (new Set(owned).size < owned.length) world.reach('two owners alive');
    if (this.nodes.some((node) => node.stats().breakerOpen)) world.reach('breaker open');
    world.timeline.after(LOOK_MS, () => this.watchNodes());
  }

  private report(): SimulationReport {
    const { world, seed, rewound, healedMs } = this;
    const { faults, reached, violations, timeline, server } = world;
    const silenced = this.nodes.reduce((sum, node) => sum + node.stats().silenced, this.silenced);
    if (silenced > 0) reached.set('lease lost between decision and request', silenced);
    return {
      seed,
      rewound,
      healedMs,
      faults,
      reached,
      violations,
      traceHash: this.traceHash(),
      simulatedMs: timeline.now,
      steps: timeline.steps,
      calls: this.calls.size,
      messages: server.streams.log.lastSeq,
      lastMessages: this.lastMessages(),
    };
  }

  private traceHash(): string {
    const hash = createHash('sha256');
    const { log, records, deadLetters } = this.world.server.streams;
    for (const stream of [log, records, deadLetters]) {
      for (let seq = 1; seq <= stream.lastSeq; seq += 1) {
        const message = stream.at(seq);
        if (message === undefined) continue;
        hash.update(`${message.subject} ${message.timestampMs} ${JSON.stringify([...message.headers])}\n`);
        hash.update(message.data);
      }
    }
    return hash.update(String(this.world.timeline.steps)).digest('hex').slice(0, 32);
  }

  private lastMessages(): string[] {
    const { log } = this.world.server.streams;
    const calls = new Set(this.world.violations.flatMap(({ callId }) => callId ?? []).slice(0, 3));
    return [...calls].flatMap((callId) => {
      const messages = log.newestOf((subject) => isOf(subject, callId), 40);
      const text = ({ seq, timestampMs, subject, data }: (typeof messages)[number]): string =>
        `${seq} ${Math.round(timestampMs) % 10_000_000} ${subject} ${new TextDecoder().decode(data).slice(0, 200)}`;
      return [`${callId}: ${this.scripts.get(callId) ?? ''}`, ...messages.map(text)];
    });
  }
}

/** Of this call; its small talk says nothing. */
function isOf(subject: string, callId: string): boolean {
  return subject.includes(`.${callId}.`) && !subject.endsWith('.agent.spoke');
}

/** The two texts around the first place in which they differ. */
function differ(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return `${a.slice(Math.max(0, at - 60), at + 60)} | ${b.slice(Math.max(0, at - 20), at + 60)}`;
}
