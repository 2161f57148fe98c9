/** The open loop: calls start at their rate, however slowly they end, and each is followed to its end. */
import { randomUUID } from 'node:crypto';
import type { GatewayClient } from '../../gateway/index.ts';
import { summarize } from './latency.ts';
import type { LatencySummary } from './latency.ts';
import { placeCall } from './synthetic-call.ts';
import type { CallPlan, CallTimes } from './synthetic-call.ts';

export interface LoadPlan extends CallPlan {
  readonly calls: number;
  /** Starts per second. */
  readonly rate: number;
  /** How long the last call may take to close, in ms. */
  readonly waitMs: number;
}

/** How the generator learns what it does not do itself. */
export interface Observation {
  /** Whether `call.closed` can be seen; else the command to close the session counts. */
  readonly seesFeed: boolean;
  /** Makes a call known before it starts. */
  prepare?(callSid: string): void;
  onClosed(listener: (callId: string) => void): void;
  onHangup(listener: (callSid: string) => void): void;
}

export interface LoadReport {
  readonly calls: number;
  /** Fewer than `calls` when the run was stopped. */
  readonly started: number;
  readonly closed: number;
  /** Ids of calls that did not close, ten at most. */
  readonly open: readonly string[];
  /** Code with which onhook would not take a call → how many. */
  readonly refused: Readonly<Record<string, number>>;
  /** Measured over the starts; below the plan's when this process was too slow. */
  readonly startsPerSecond: number;
  readonly seconds: number;
  /** `end.requested` published → `call.closed`, or → the session's close where the feed is not seen. */
  readonly endToClosedMs: LatencySummary | undefined;
  /** Mark echoed → hangup request at the carrier. Only with a carrier of our own. */
  readonly markToHangupMs: LatencySummary | undefined;
}

export interface LoadProgress {
  readonly started: number;
  readonly closed: number;
}

/** How long the calls of a stopped run may take to end: a record waits 2 s for a late transcript. */
const STOP_MS = 4_000;

/** Runs the plan. Resolves when every call has closed, `waitMs` after the last start, or when aborted. */
export async function runLoad(
  client: GatewayClient,
  plan: LoadPlan,
  seen: Observation,
  signal: AbortSignal,
  onProgress: (progress: LoadProgress) => void,
): Promise<LoadReport> {
  const { clock } = client;
  const all = new Map<string, CallTimes>();
  let closed = 0;
  let wanted = plan.calls;
  let done: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (done = resolve));
  const close = (callId: string): void => {
    const times = all.get(callId);
    if (times === undefined || times.closedAt !== undefined) return;
    times.closedAt = clock.monotonic();
    closed += 1;
    onProgress({ started: all.size, closed });
    if (closed === wanted) done();
  };
  seen.onClosed(close);
  seen.onHangup((callSid) => {
    const times = all.get(callSid);
    if (times !== undefined) times.hungUpAt ??= clock.monotonic();
  });
  signal.addEventListener('abort', () => done(), { once: true });
  // Also asked to stop before it began.
  if (signal.aborted) done();

  const startedAt = clock.monotonic();
  const startOne = (): void => {
    const callSid = `CA${randomUUID().replaceAll('-', '')}`;
    seen.prepare?.(callSid);
    const times = placeCall(client, callSid, plan, () => {
      if (!seen.seesFeed) close(callSid);
    });
    all.set(callSid, times);
    onProgress({ started: all.size, closed });
  };
  await openLoop(plan, signal, startedAt, startOne, clock);
  const startsMs = clock.monotonic() - startedAt;
  const timer = clock.after(plan.waitMs, done);
  await finished;
  timer.cancel();
  const measured = report(plan, all, { startsMs, totalMs: clock.monotonic() - startedAt });
  if (signal.aborted && closed < all.size) {
    wanted = all.size;
    await stopAll(all, new Promise<void>((resolve) => (done = resolve)), clock);
  }
  return measured;
}

/** Calls of a simulation that nobody runs any more must not stay open until they are found lost. */
async function stopAll(
  all: ReadonlyMap<string, CallTimes>,
  stopped: Promise<void>,
  clock: GatewayClient['clock'],
): Promise<void> {
  for (const times of all.values()) if (times.closedAt === undefined) times.stop();
  let patience: { cancel(): void } | undefined;
  const enough = new Promise<void>((resolve) => (patience = clock.after(STOP_MS, resolve)));
  await Promise.race([stopped, enough]);
  patience?.cancel();
}

/** Until then, or until the run is stopped: at a low rate the next start is far away. */
function pause(clock: GatewayClient['clock'], ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}

/** Start number i is due at i / rate, whatever happened before: a slow system does not slow its load. */
async function openLoop(
  { calls, rate }: LoadPlan,
  signal: AbortSignal,
  startedAt: number,
  startOne: () => void,
  clock: GatewayClient['clock'],
): Promise<void> {
  for (let index = 0; index < calls && !signal.aborted; index += 1) {
    const dueInMs = startedAt + (index * 1_000) / rate - clock.monotonic();
    if (dueInMs > 0) await pause(clock, dueInMs, signal);
    if (!signal.aborted) startOne();
  }
}

/** A field of a call's times that is an instant. */
type Instant = Exclude<keyof CallTimes, 'refused' | 'stop'>;

function report(
  plan: LoadPlan,
  all: ReadonlyMap<string, CallTimes>,
  { startsMs, totalMs }: { readonly startsMs: number; readonly totalMs: number },
): LoadReport {
  const times = [...all.values()];
  const span = (from: Instant, to: Instant): number[] =>
    times.flatMap((one) => {
      const [start, end] = [one[from], one[to]];
      return start === undefined || end === undefined ? [] : [Math.max(0, end - start)];
    });
  const open = [...all].filter(([, one]) => one.closedAt === undefined).map(([callId]) => callId);
  const refused: Record<string, number> = {};
  for (const { refused: code } of times) if (code !== undefined) refused[code] = (refused[code] ?? 0) + 1;
  return {
    calls: plan.calls,
    started: all.size,
    closed: times.filter(({ closedAt }) => closedAt !== undefined).length,
    open: open.slice(0, 10),
    refused,
    startsPerSecond: Math.round((all.size / Math.max(startsMs, 1_000 / plan.rate)) * 10_000) / 10,
    seconds: Math.round(totalMs / 100) / 10,
    endToClosedMs: summarize(span('requestedAt', 'closedAt')),
    markToHangupMs: summarize(span('echoedAt', 'hungUpAt')),
  };
}
