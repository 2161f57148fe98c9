/**
 * The metrics of one process. Those who count get typed methods, so that no call id or free text can
 * become a label; states of the node are read when somebody asks.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { farewellOutcomeSchema } from '../contract/call-record.ts';
import type { EffectKind } from '../contract/effect.ts';
import type { Refusal } from '../contract/message.ts';
import type { OutcomeResult } from '../contract/outcome.ts';
import type { CallStateName, NodeStats } from '../supervisor/view.ts';
import type { MetricDefinition } from './metric-definitions.ts';
import { METRICS } from './metric-definitions.ts';

/** What became of a message that was read (invariant 19). */
export type InputVerdict =
  | 'applied'
  | 'held'
  | 'expired'
  | 'duplicate'
  | 'late'
  /** A verified webhook about a room that no call of ours named. */
  | 'foreign-room'
  | Refusal;

/** The words of a call record that are counted; a record as it is published fits. */
export interface EndedCall {
  readonly endReason: string;
  readonly endedBy: string;
  readonly provider: string;
  readonly farewell: string;
}

/** What the partition owner and the dispatcher count. Nothing here throws or waits. Not for replays. */
export interface Telemetry {
  /** One message was read live and judged. */
  inputs(verdict: InputVerdict): void;
  /** A call closed. Once per call: versions that follow are not ends. */
  callEnded(call: EndedCall): void;
  /** An attempt has an outcome; `durationMs` since it started. */
  effectSettled(effect: EffectKind, outcome: OutcomeResult, durationMs: number): void;
  /** From reading a hangup's cause in the log to sending its request, in ms. */
  hangupDelay(delayMs: number): void;
  /** A call left a state after this time by its fold clock, in ms. */
  stateLeft(state: CallStateName, durationMs: number): void;
  /** From a timer's due instant to publishing that it fired, in ms. */
  timerLag(lagMs: number): void;
  /** What became of so many spans. */
  spans(outcome: 'exported' | 'failed' | 'dropped', count: number): void;
}

/** States that are read at each scrape. */
export interface GaugeSources {
  readonly stats: () => NodeStats;
  /** How many dead letters are kept. A rejection leaves the gauge out of that scrape. */
  readonly deadLetters: () => number | Promise<number>;
}

/** What the composition root holds. */
export interface Metrics extends Telemetry {
  /** Connects the gauges; until then they are absent. The last call counts. */
  watch(sources: GaugeSources): void;
  /** Text for Prometheus. Never rejects because a source does. */
  expose(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** What never changes while the process runs. */
export interface MetricsOptions {
  /** Of onhook. */
  readonly version: string;
  readonly nodeVersion: string;
  /** Names of the configured providers. In observe a gateway may name any: those count as `other`. */
  readonly providers: readonly string[];
}

const STATES = Object.keys({
  active: true,
  'farewell-speaking': true,
  draining: true,
  terminating: true,
  'post-processing': true,
} satisfies Record<Exclude<CallStateName, 'closed'>, true>) as Exclude<CallStateName, 'closed'>[];

/** All that a message can become. */
export const VERDICTS: readonly string[] = Object.keys({
  applied: true,
  held: true,
  expired: true,
  duplicate: true,
  late: true,
  'foreign-room': true,
  invalid: true,
  unauthorised: true,
  'wrong-partition': true,
} satisfies Record<InputVerdict, true>);

/** What a carrier's answer to a hangup can be. */
const HANGUP_OUTCOMES: readonly OutcomeResult[] = ['done', 'already-gone', 'accepted', 'retry', 'fatal'];

const OTHER = 'other';
/** Words of the contract: no digits, so no id ever fits. */
const WORD = /^[a-z]+([_-][a-z]+){0,4}$/;

/** A registry of its own per call, so that two nodes can live in one process. */
export function createMetrics({ version, nodeVersion, providers }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const known = new Set(providers);
  let sources: GaugeSources | undefined;

  const callEnds = new Counter({ ...described(METRICS.callEnds), registers });
  const farewells = new Counter({ ...described(METRICS.farewells), registers });
  const attempts = new Tally(METRICS.effectAttempts, registry);
  const inputs = new Tally(METRICS.inputs, registry);
  const spans = new Counter({ ...described(METRICS.traceSpans), registers });
  const states = histogram(METRICS.stateDuration, registry);
  const effects = histogram(METRICS.effectDuration, registry);
  const hangups = histogram(METRICS.hangupDelay, registry);
  const lags = histogram(METRICS.timerLag, registry);
  const build = new Gauge({ ...described(METRICS.buildInfo), registers });
  const countAttempt = (effect: string, outcome: string, times = 1): void =>
    attempts.add(`${effect} ${outcome}`, { effect, outcome }, times);
  build.set({ version, node_version: nodeVersion }, 1);
  addGauges(registry, () => sources);
  // A series that begins with its first event never increases: alerts would miss the first one.
  for (const outcome of farewellOutcomeSchema.options) farewells.inc({ outcome }, 0);
  for (const verdict of VERDICTS) inputs.add(verdict, { verdict }, 0);
  for (const outcome of HANGUP_OUTCOMES) countAttempt('hang-up-leg', outcome, 0);

  return {
    inputs: (verdict) => inputs.add(verdict, { verdict }),
    callEnded({ endReason, endedBy, provider, farewell }) {
      const named = known.has(provider) ? provider : OTHER;
      callEnds.inc({ reason: word(endReason), by: word(endedBy), provider: named });
      farewells.inc({ outcome: word(farewell) });
    },
    effectSettled(effect, outcome, durationMs) {
      countAttempt(effect, outcome);
      effects.observe({ effect }, seconds(durationMs));
    },
    hangupDelay: (delayMs) => hangups.observe(seconds(delayMs)),
    stateLeft: (state, durationMs) => states.observe({ state }, seconds(durationMs)),
    timerLag: (lagMs) => lags.observe(seconds(lagMs)),
    spans: (outcome, count) => spans.inc({ outcome }, count),
    watch: (given) => void (sources = given),
    expose: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** A counter that is told at the scrape what was counted since: to find a series by its labels costs more than to count. */
class Tally {
  private readonly counted = new Map<string, { readonly labels: Record<string, string>; times: number }>();

  constructor(definition: MetricDefinition, registry: Registry) {
    const { counted } = this;
    const counter = new Counter({
      ...described(definition),
      registers: [registry],
      collect: () => {
        for (const { labels, times } of counted.values()) counter.inc(labels, times);
        counted.clear();
      },
    });
  }

  /** `key` is the same for the same labels. */
  add(key: string, labels: Record<string, string>, times = 1): void {
    const known = this.counted.get(key);
    if (known === undefined) this.counted.set(key, { labels, times });
    else known.times += times;
  }
}

/** Each reads its source at the scrape; without one it has no value. */
function addGauges(registry: Registry, sources: () => GaugeSources | undefined): void {
  const add = (definition: MetricDefinition, read: (gauge: Gauge, from: GaugeSources) => unknown): void => {
    const gauge = new Gauge({
      ...described(definition),
      registers: [registry],
      async collect() {
        gauge.reset();
        // An unlabelled gauge resets to 0, which would be a lie.
        if (definition.labels.length === 0) gauge.remove();
        const from = sources();
        if (from === undefined) return;
        try {
          await read(gauge, from);
        } catch {
          // Absent is the truth: the source could not say.
        }
      },
    });
  };
  add(METRICS.calls, (gauge, { stats }) => {
    const { callsByState } = stats();
    for (const state of STATES) gauge.set({ state }, callsByState[state] ?? 0);
  });
  add(METRICS.partitionsOwned, (gauge, { stats }) => gauge.set(stats().owned));
  add(METRICS.partitions, (gauge, { stats }) => gauge.set(stats().partitions.length));
  add(METRICS.logLag, (gauge, { stats }) =>
    gauge.set(Math.max(0, ...stats().partitions.map(({ lag }) => lag))),
  );
  add(METRICS.deadLetters, async (gauge, { deadLetters }) => gauge.set(await deadLetters()));
}

function histogram(
  definition: MetricDefinition & { buckets: readonly number[] },
  registry: Registry,
): Histogram {
  return new Histogram({
    ...described(definition),
    buckets: [...definition.buckets],
    registers: [registry],
  });
}

function described({ name, help, labels }: MetricDefinition): {
  name: string;
  help: string;
  labelNames: string[];
} {
  return { name, help, labelNames: [...labels] };
}

function word(text: string): string {
  return WORD.test(text) ? text : OTHER;
}

/** A clock that stepped back must not make a histogram go down. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1_000;
}
