/** All findings together: the numbers that a team decides by. Pure. */
import type { Finding, WatchMode } from './finding.ts';

/** A line that is still up so long after its call was over is nobody's any more. */
export const ZOMBIE_MS = 30_000;

export interface Spread {
  /** Calls in which it is known. */
  readonly known: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface Summary {
  readonly mode: WatchMode;
  readonly calls: number;
  /** Lines up longer than {@link ZOMBIE_MS} after onhook would have hung up, and what they add up to. */
  readonly zombies: { readonly calls: number; readonly totalMs: number; readonly maxMs: number };
  /** Calls whose line went down in the middle of the goodbye. */
  readonly cutGoodbyes: { readonly calls: number; readonly byGateway: number };
  readonly silence?: Spread;
  /** Calls of which no fact told that the line is down. */
  readonly endNotSeen: number;
  /** Lines that would have gone down earlier, and how much earlier altogether. */
  readonly earlier: { readonly calls: number; readonly totalMs: number };
  /** Calls that a backstop had to end. */
  readonly acted: number;
  /** Effect → calls in which onhook would have done it. */
  readonly would: Readonly<Record<string, number>>;
}

/** The end of a call is told within this time also where all is well. */
const PROMPT_MS = 1_000;

export function isZombie({ overtimeMs, lineDownAt }: Finding, zombieMs: number): boolean {
  return lineDownAt !== undefined && overtimeMs !== undefined && overtimeMs > zombieMs;
}

/** Numbers of the calls of one mode. */
export function summarise(mode: WatchMode, all: readonly Finding[], zombieMs = ZOMBIE_MS): Summary {
  const findings = all.filter((finding) => finding.mode === mode);
  const overtime = (found: readonly Finding[]): number[] => found.map(({ overtimeMs = 0 }) => overtimeMs);
  const zombies = overtime(findings.filter((finding) => isZombie(finding, zombieMs)));
  const seen = findings.filter(({ lineDownAt }) => lineDownAt !== undefined);
  const earlier = overtime(seen).filter((ms) => ms > PROMPT_MS);
  const silence = spreadOf(findings.flatMap(({ silenceMs }) => silenceMs ?? []));
  return {
    mode,
    calls: findings.length,
    zombies: { calls: zombies.length, totalMs: sum(zombies), maxMs: Math.max(0, ...zombies) },
    cutGoodbyes: {
      calls: findings.filter(({ cut }) => cut !== undefined).length,
      byGateway: findings.filter(({ cut }) => cut === 'gateway').length,
    },
    ...(silence === undefined ? {} : { silence }),
    endNotSeen: findings.length - seen.length,
    earlier: { calls: earlier.length, totalMs: sum(earlier) },
    acted: findings.filter(({ acted }) => acted).length,
    would: counted(findings),
  };
}

function counted(findings: readonly Finding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const effect of findings.flatMap(({ would }) => [...new Set(would)])) {
    counts[effect] = (counts[effect] ?? 0) + 1;
  }
  return counts;
}

function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { known: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
