/** Many durations as the few numbers that matter. */

export interface LatencySummary {
  readonly count: number;
  /** In ms. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest rank, so that every number was measured. Undefined when nothing was. Pure. */
export function summarize(durationsMs: readonly number[]): LatencySummary | undefined {
  const sorted = [...durationsMs].sort((a, b) => a - b);
  const at = (share: number): number => {
    const index = Math.max(0, Math.ceil(sorted.length * share) - 1);
    return Math.round((sorted[index] ?? 0) * 10) / 10;
  };
  if (sorted.length === 0) return undefined;
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** `p50 12 ms  p90 30 ms …`, or a dash. */
export function describeLatency(summary: LatencySummary | undefined): string {
  if (summary === undefined) return '-';
  const { p50, p90, p99, max } = summary;
  return `p50 ${p50} ms  p90 ${p90} ms  p99 ${p99} ms  max ${max} ms`;
}
