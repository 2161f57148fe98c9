/**
 * Every metric of the contract, as data: the registry and the page `docs/metrics.md` are made from it.
 * A label takes few values and never a call id, since each value is a time series of its own.
 */

/** One metric, without its values. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds, in seconds. */
  readonly buckets?: readonly number[];
}

/** From a network round trip to the budget of a leg. */
const REQUEST_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** 0.25 s and 2 s are promised (without faults; at all), so both are edges. */
const DELAY_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
/** From a drain to the longest call. */
const STATE_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 300, 900, 3600, 14_400];

/** Names and labels are the contract; they are never renamed. */
export const METRICS = {
  calls: {
    name: 'onhook_calls',
    kind: 'gauge',
    labels: ['state'],
    help: 'Open calls of the partitions that this node owns, by state.',
  },
  callEnds: {
    name: 'onhook_call_ends_total',
    kind: 'counter',
    labels: ['reason', 'by', 'provider'],
    help: 'Closed calls by end reason, by who ended them, and by provider (`other`: not configured here).',
  },
  farewells: {
    name: 'onhook_farewells_total',
    kind: 'counter',
    labels: ['outcome'],
    help: 'Closed calls by what came of the farewell.',
  },
  stateDuration: {
    name: 'onhook_state_duration_seconds',
    kind: 'histogram',
    labels: ['state'],
    help: 'Time that calls spent in a state, by fold time, seen when they left it.',
    buckets: STATE_SECONDS,
  },
  effectAttempts: {
    name: 'onhook_effect_attempts_total',
    kind: 'counter',
    labels: ['effect', 'outcome'],
    help: 'Attempts of effects that have an outcome.',
  },
  effectDuration: {
    name: 'onhook_effect_duration_seconds',
    kind: 'histogram',
    labels: ['effect'],
    help: 'Time from the start of an attempt to its outcome.',
    buckets: REQUEST_SECONDS,
  },
  hangupDelay: {
    name: 'onhook_hangup_delay_seconds',
    kind: 'histogram',
    labels: [],
    help: 'Time from reading the cause of a hangup in the log to sending its request.',
    buckets: DELAY_SECONDS,
  },
  deadLetters: {
    name: 'onhook_dead_letters',
    kind: 'gauge',
    labels: [],
    help: 'Dead letters kept in the stream; absent while the log does not answer.',
  },
  timerLag: {
    name: 'onhook_timer_lag_seconds',
    kind: 'histogram',
    labels: [],
    help: 'Time from the due instant of a timer to publishing that it fired.',
    buckets: DELAY_SECONDS,
  },
  inputs: {
    name: 'onhook_inputs_total',
    kind: 'counter',
    labels: ['verdict'],
    help: 'Messages read from the log, by what became of them.',
  },
  logLag: {
    name: 'onhook_log_lag',
    kind: 'gauge',
    labels: [],
    help: 'Messages stored in the log and not read yet, largest over the partitions of this node.',
  },
  partitionsOwned: {
    name: 'onhook_partitions_owned',
    kind: 'gauge',
    labels: [],
    help: 'Partitions that this node owns and has caught up with.',
  },
  traceSpans: {
    name: 'onhook_trace_spans_total',
    kind: 'counter',
    labels: ['outcome'],
    help: 'Spans of traces: exported, failed (not taken by the receiver), dropped (the queue was full).',
  },
  partitions: {
    name: 'onhook_partitions',
    kind: 'gauge',
    labels: [],
    help: 'Partitions of the log, the same on every node: as many must be owned over all nodes.',
  },
  buildInfo: {
    name: 'onhook_build_info',
    kind: 'gauge',
    labels: ['version', 'node_version'],
    help: 'Always 1; the labels name the running build and its Node.js.',
  },
} as const satisfies Record<string, MetricDefinition>;

/** The page `docs/metrics.md`. */
export function metricsMarkdown(): string {
  const rows = Object.values<MetricDefinition>(METRICS).map(({ name, kind, labels, help, buckets }) => {
    const edges = buckets === undefined ? '' : ` Buckets: ${buckets.join(', ')}.`;
    return `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help}${edges} |`;
  });
  return `# Metrics

\`GET /metrics\` of the admin port, in the text format of Prometheus; with a token when one is configured. Every
node reports its own partitions: sum over nodes. A call id is never a label. States, farewells, verdicts and
the outcomes of a hangup begin at 0, so that the first one is seen as an increase. This page is written by
\`npm run docs\`.

| Metric | Kind | Labels | Meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}
