/**
 * What everything in a simulation shares: the seed's randomness, time, the log's server with its
 * faults, counters of what happened, and what was violated.
 */
import type { Clock } from '../../clock/clock.ts';
import type { JsonObject } from '../../contract/json.ts';
import { ownershipSubject } from '../../contract/own-events.ts';
import { eventSubject } from '../../contract/subjects.ts';
import type { Fate, MemoryStep } from '../../log/memory/index.ts';
import { MemoryServer } from '../../log/memory/index.ts';
import { readerFilter } from '../../log/subject-shapes.ts';
import { EPOCH_MS } from './process.ts';
import type { SimProcess } from './process.ts';
import { Random } from './random.ts';
import { Timeline } from './timeline.ts';

const PREFIX = 'onhook.v1';

/** Steps of one connection that keep their order, as on one TCP connection. */
const SENT = new Set<MemoryStep['kind']>(['append', 'publish']);

/** Something that must never be. `callId` names the call it is about. */
export interface Violation {
  readonly invariant: number;
  readonly detail: string;
  readonly callId?: string;
}

/** One simulated world. */
export class World {
  readonly random: Random;
  readonly timeline = new Timeline();
  readonly server: MemoryServer;
  readonly prefix = PREFIX;
  readonly partitions: number;
  /** Faults by kind, and what had to be reached. */
  readonly faults = new Map<string, number>();
  readonly reached = new Map<string, number>();
  readonly violations: Violation[] = [];
  /** Invariant → times that it was checked. */
  readonly checks = new Map<number, number>();
  /** Sequence → the simulated instant at which it was stored, for the present history of the log. */
  readonly storedAt: number[] = [];
  /** The same for the stream of records. */
  readonly recordedAt: number[] = [];
  /** When the log last lost what it had acknowledged, in simulated ms. */
  rewoundAt = -Infinity;
  /** Until the faults stop. */
  faulty = true;
  /** The faults stopped some time ago: nothing of them is on its way any more. */
  calm = false;
  /** Added to the server's clock, in ms. */
  serverOffsetMs = 0;
  /** Ownership subject → sequences of its claims, oldest first. */
  private readonly claims = new Map<string, number[]>();
  /** Partition → the fixed part of its stored subjects. */
  private readonly prefixes: string[] = [];
  private readonly processes = new Map<string, SimProcess>();
  private readonly lastSentAt = new Map<string, number>();

  constructor(seed: number) {
    this.random = new Random(seed);
    this.partitions = this.random.pick([1, 1, 2, 3]);
    const { timeline } = this;
    const rate = this.random.between(0.9995, 1.0005);
    const clock: Clock = {
      now: () => EPOCH_MS + timeline.now * rate + this.serverOffsetMs,
      monotonic: () => timeline.now,
      after: (delayMs, run) => {
        const scheduled = timeline.after(delayMs, run);
        return { cancel: () => void (scheduled.cancelled = true) };
      },
    };
    this.server = new MemoryServer({
      clock,
      prefix: PREFIX,
      partitions: this.partitions,
      schedule: (step, run) => this.schedule(step, run),
      fate: (step) => this.fate(step),
    });
    this.server.onAppend(() => this.appended());
    const { records } = this.server.streams;
    const append = records.append.bind(records);
    records.append = (...message) => {
      const appended = append(...message);
      this.recordedAt[appended.seq] ??= timeline.now;
      return appended;
    };
  }

  /** Sequence of a partition's newest claim that the log holds, or 0. */
  newestClaim(partition: number): number {
    return this.newestClaimOf(this.server.stored(ownershipSubject(PREFIX, partition, this.partitions)));
  }

  /** The same, by the stored subject of its ownership messages. */
  newestClaimOf(subject: string): number {
    return this.claims.get(subject)?.at(-1) ?? 0;
  }

  /** Its steps at the log's server run under this name, in the place of an earlier process of it. */
  enter(process: SimProcess): void {
    this.processes.set(process.name, process);
  }

  /** A fault was injected. */
  fault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  /** Something that must be reached was. */
  reach(what: string): void {
    this.reached.set(what, (this.reached.get(what) ?? 0) + 1);
  }

  /** One check of an invariant, counted; `detail` is made only when it does not hold. */
  hold(invariant: number, holds: boolean, detail: () => string, callId?: string): void {
    this.checks.set(invariant, (this.checks.get(invariant) ?? 0) + 1);
    if (holds) return;
    this.violations.push({ invariant, detail: detail(), ...(callId === undefined ? {} : { callId }) });
  }

  /** Power loss: the newest sequences are gone, though they were acknowledged. */
  rewind(count: number): void {
    this.server.rewind('log', count);
    this.rewoundAt = this.timeline.now;
    const { lastSeq } = this.server.streams.log;
    for (const [subject, claims] of this.claims) {
      this.claims.set(
        subject,
        claims.filter((seq) => seq <= lastSeq),
      );
    }
  }

  /** The first message of a partition from one sequence to before another, if the log holds any. */
  leftOut(partition: number, from: number, before: number): number | undefined {
    if (before <= from) return undefined;
    this.prefixes[partition] ??= readerFilter(PREFIX, this.partitions, partition).replace(/[*>].*$/, '');
    const start = this.prefixes[partition] ?? '';
    const found = this.server.streams.log.firstFrom(from, (subject) => subject.startsWith(start));
    return found !== undefined && found.seq < before ? found.seq : undefined;
  }

  /** A message of a principal outside, tried again while the log is away. `id` = its `ce-id`. */
  publish(
    gateway: string,
    callId: string,
    type: string,
    data: JsonObject,
    { id, sequence }: { readonly id: string; readonly sequence?: number },
  ): void {
    if (!this.server.available) {
      this.timeline.after(500, () =>
        this.publish(gateway, callId, type, data, { id, ...(sequence === undefined ? {} : { sequence }) }),
      );
      return;
    }
    const headers: Record<string, string> = { 'ce-type': type, 'ce-id': id };
    if (sequence !== undefined) headers['ce-sequence'] = String(sequence);
    const subject = eventSubject(PREFIX, gateway, callId, type);
    this.server.inject({ subject, headers, data: Buffer.from(JSON.stringify(data)) });
  }

  private appended(): void {
    const { log } = this.server.streams;
    const { lastSeq } = log;
    this.storedAt[lastSeq] = this.timeline.now;
    const message = log.at(lastSeq);
    if (message?.headers.get('ce-type') !== 'partition.claimed') return;
    const claims = this.claims.get(message.subject);
    if (claims === undefined) this.claims.set(message.subject, [lastSeq]);
    else claims.push(lastSeq);
  }

  private schedule(step: MemoryStep, run: () => void): void {
    const process = this.processes.get(step.node);
    if (process === undefined || process.state === 'dead') return;
    const { timeline } = this;
    const delayMs = this.latencyMs(step);
    if (step.kind === 'publish') {
      // It left the process: a kill may still lose it, a freeze does not.
      timeline.after(this.inOrder(step, delayMs), () => {
        if (process.state !== 'dead' || this.random.chance(0.5)) run();
      });
    } else process.task(SENT.has(step.kind) ? this.inOrder(step, delayMs) : delayMs, run);
  }

  private inOrder({ node }: MemoryStep, delayMs: number): number {
    const { now } = this.timeline;
    const dueAt = Math.max(now + delayMs, this.lastSentAt.get(node) ?? 0);
    this.lastSentAt.set(node, dueAt);
    return dueAt - now;
  }

  private latencyMs({ kind }: MemoryStep): number {
    const slow = this.faulty && this.random.chance(0.01);
    if (slow) this.fault('slow network');
    return slow ? this.random.between(50, 1_500) : this.random.between(0.1, kind === 'deliver' ? 1 : 3);
  }

  private fate({ kind }: MemoryStep): Fate {
    if (!this.faulty || !this.random.chance(0.02)) return 'done';
    const fate = kind === 'publish' || this.random.chance(0.5) ? 'lost' : 'ack-lost';
    if (kind === 'publish') this.reach('own message dropped');
    this.fault(fate === 'lost' ? 'request to the log lost' : 'ack of the log lost');
    return fate;
  }
}
