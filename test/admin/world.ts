/** An admin port over a small node view and the memory log, asked over real HTTP. */
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { AdminServer } from '../../src/admin/server.ts';
import { startAdmin } from '../../src/admin/server.ts';
import type { AdminParts } from '../../src/admin/parts.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { MemoryLog } from '../../src/log/memory/index.ts';
import { memoryLog } from '../../src/log/memory/index.ts';
import type {
  CallCommand,
  CallDetail,
  CallFilter,
  CallStateName,
  CallSummary,
  CommandAnswer,
  NodeStats,
  NodeView,
  ViewEvent,
} from '../../src/supervisor/view.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

export const STARTED_AT = 1_700_000_000_000;

export function callDetail(callId: string, changes: Partial<CallDetail> = {}): CallDetail {
  return {
    callId,
    gateway: 'gw1',
    partition: 0,
    state: 'active',
    startedAt: STARTED_AT,
    ageMs: 1_000,
    value: 'active',
    timers: [],
    effects: [],
    legs: {},
    endFunctions: [],
    endAttempt: 0,
    lastSeq: 1,
    configHash: 'c1',
    account: { timeline: [] },
    ...changes,
  };
}

/** A node as the port asks it: its calls are a map, its commands are kept. */
export class TestView implements NodeView {
  readonly known = new Map<string, CallDetail>();
  readonly requested: { callId: string; command: CallCommand; reason: string | undefined }[] = [];
  readonly nodeId: string;
  live: number[];
  reasons: string[] = [];
  paused = false;
  private readonly listeners = new Set<(event: ViewEvent) => void>();

  constructor(nodeId = 'n1', live = [0]) {
    this.nodeId = nodeId;
    this.live = live;
  }

  add(...calls: CallDetail[]): void {
    for (const call of calls) this.known.set(call.callId, call);
  }

  calls({ state, gateway, limit = Infinity }: CallFilter = {}): CallSummary[] {
    return [...this.known.values()]
      .filter((call) => state === undefined || call.state === state)
      .filter((call) => gateway === undefined || call.gateway === gateway)
      .slice(0, limit)
      .map(({ callId, gateway, partition, state, startedAt, ageMs }) => {
        return { callId, gateway, partition, state, startedAt, ageMs };
      });
  }

  call(callId: string): CallDetail | undefined {
    return this.known.get(callId);
  }

  stats(): NodeStats {
    const callsByState: Partial<Record<CallStateName, number>> = {};
    for (const { state } of this.known.values()) callsByState[state] = (callsByState[state] ?? 0) + 1;
    return {
      nodeId: this.nodeId,
      partitions: this.live.map((partition) => ({
        partition,
        state: 'live',
        era: 1,
        openCalls: this.known.size,
        paused: this.paused,
        lastSeq: 1,
        lag: 0,
        unconfirmed: 0,
      })),
      owned: this.live.length,
      openCalls: this.known.size,
      callsByState,
      inputs: {},
      paused: this.paused,
      alarms: [],
    };
  }

  request(callId: string, command: CallCommand, reason?: string): Promise<CommandAnswer> {
    const call = this.known.get(callId);
    if (call === undefined) return Promise.resolve({ error: 'not_found', detail: 'unknown here' });
    if (call.state === 'closed') return Promise.resolve({ error: 'closed', detail: 'it is over' });
    if (call.state === 'terminating') return Promise.resolve({ error: 'conflict', detail: 'in terminating' });
    this.requested.push({ callId, command, reason });
    return Promise.resolve({ seq: 40 + this.requested.length });
  }

  pause(): Promise<void> {
    this.paused = true;
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.paused = false;
    return Promise.resolve();
  }

  ready(): { ready: boolean; reasons: string[] } {
    return { ready: this.reasons.length === 0, reasons: this.reasons };
  }

  subscribe(listener: (event: ViewEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  say(event: ViewEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

export interface World {
  readonly view: TestView;
  readonly log: MemoryLog;
  readonly admin: AdminServer;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  readonly post: (path: string, body?: string, headers?: Record<string, string>) => Promise<Response>;
  /** What the node logged so far. */
  readonly logged: () => string;
}

export type WorldOptions = Partial<AdminParts> & {
  token?: string;
  readToken?: string;
  partitions?: number;
  secrets?: string[];
};

/** Ended with the test. */
export async function world(options: WorldOptions = {}): Promise<World> {
  const { partitions = 1, secrets = [], ...parts } = options;
  const view = new TestView();
  const log = memoryLog(systemClock, { partitions });
  const output = new PassThrough();
  let logged = '';
  output.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  const admin = await startAdmin({
    view,
    log,
    clock: systemClock,
    metrics: createMetrics({ version: '1.0.0', nodeVersion: 'v20.0.0', providers: ['twilio'] }),
    logger: await createLogger({ level: 'debug', clock: systemClock, secrets, output }),
    version: '1.0.0',
    host: '127.0.0.1',
    port: 0,
    ...parts,
  });
  onTestFinished(() => admin.close());
  return {
    view,
    log,
    admin,
    get: (path, headers = {}) => fetch(admin.url + path, { headers }),
    post: (path, body, headers = {}) =>
      fetch(admin.url + path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) }),
    logged: () => logged,
  };
}

export function encoded(value: JsonObject | string): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Expects a problem of RFC 9457 with its stable code. */
export async function codeOf(response: Response): Promise<[number, string]> {
  const problem = (await response.json()) as { status?: number; code?: string };
  if (response.headers.get('content-type') !== 'application/problem+json')
    return [response.status, 'no problem'];
  return [response.status, problem.status === response.status ? (problem.code ?? '') : 'wrong status'];
}
