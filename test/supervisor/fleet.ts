/** Nodes on one memory log with a clock moved by hand, and a dispatcher that only remembers. */
import type { Fold } from '../../src/actors/call-state.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import { eventSubject } from '../../src/contract/subjects.ts';
import type { Effect } from '../../src/contract/effect.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { DispatchOwner } from '../../src/dispatcher/port.ts';
import type { StoredMessage } from '../../src/log/log.ts';
import type { MemoryServerOptions } from '../../src/log/memory/index.ts';
import { MemoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import type { CallFold } from '../../src/supervisor/call-fold.ts';
import { LocalLeaseKeeper } from '../../src/supervisor/local-lease-keeper.ts';
import { NodeSupervisor } from '../../src/supervisor/node-supervisor.ts';
import { pinConfig } from '../../src/supervisor/stable-json.ts';
import { toyFold } from './toy-fold.ts';

export const PREFIX = 'onhook.v1';
export const TTL_MS = DEFAULT_TIMERS.leaseTtlMs;

export const CONFIG = pinConfig({
  timers: DEFAULT_TIMERS,
  mode: 'own',
  functions: [],
  providers: ['toy'],
});

export interface TestNode {
  readonly node: NodeSupervisor;
  readonly log: MemoryLog;
  readonly dispatched: Effect[];
  /** Of the newest life. */
  owner(): DispatchOwner;
  /** The loop stops to turn, as far as its renewal thread can see. */
  block(): void;
}

export interface NodeChanges {
  readonly fold?: CallFold;
  readonly settle?: boolean;
  readonly timers?: Partial<typeof DEFAULT_TIMERS>;
  /** Told of each fold, replayed ones too. */
  readonly onFold?: (fold: Fold) => void;
}

class BlockableKeeper extends LocalLeaseKeeper {
  blocked = false;

  override feed(): void {
    if (!this.blocked) super.feed();
  }
}

export class Fleet {
  readonly clock = new ManualClock();
  readonly server: MemoryServer;
  private nonces = 0;

  constructor(options: Partial<MemoryServerOptions> = {}) {
    this.server = new MemoryServer({ clock: this.clock, prefix: PREFIX, ...options });
  }

  /** `settle`: every dispatched effect is done at once (default true). */
  add(nodeId: string, { fold = toyFold, settle = true, timers = {}, onFold }: NodeChanges = {}): TestNode {
    const log = new MemoryLog(this.server, nodeId);
    const dispatched: Effect[] = [];
    let current: DispatchOwner | undefined;
    const keeper = new BlockableKeeper(log, this.clock);
    const node = new NodeSupervisor({
      nodeId,
      log,
      clock: this.clock,
      fold,
      onFold,
      drainMs: 100,
      config: pinConfig({
        ...CONFIG,
        timers: {
          ...DEFAULT_TIMERS,
          ...timers,
        },
      }),
      keeper,
      newNonce: () => `nonce${(this.nonces += 1)}`,
      dispatcher: (owner) => {
        current = owner;
        let open = true;
        return {
          dispatch: (effect) => {
            if (!open || !owner.mayAct(effect)) return;
            dispatched.push(effect);
            if (settle) owner.onSettled(effect, { result: 'done' });
          },
          withdraw: () => undefined,
          drain: () => Promise.resolve(),
          close: () => {
            open = false;
            return Promise.resolve();
          },
          stats: () => ({
            waiting: 0,
            inFlight: 0,
            silenced: 0,
          }),
        };
      },
    });
    const owner = (): DispatchOwner => {
      if (current === undefined) throw new TypeError('this node never owned');
      return current;
    };
    return { node, log, dispatched, owner, block: () => void (keeper.blocked = true) };
  }

  /** Starts a node and lets it become live. */
  async start(nodeId: string, changes: NodeChanges = {}): Promise<TestNode> {
    const added = this.add(nodeId, changes);
    added.node.start();
    await this.pass(1_000);
    return added;
  }

  /** What a gateway publishes. Returns its sequence. */
  publish(callId: string, type: string, data: JsonObject = {}, gateway = 'gw1'): number {
    const subject = eventSubject(PREFIX, gateway, callId, type);
    return this.server.inject({ subject, data: Buffer.from(JSON.stringify(data)) }) ?? 0;
  }

  startCall(callId: string, data: JsonObject = {}): number {
    return this.publish(callId, 'call.started', { provider: 'toy', legs: {}, ...data });
  }

  /** Lets time pass in small steps, with everything that it brings about. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.clock.advance(Math.min(50, left));
      await quiet();
    }
  }

  /** Stored messages whose type ends so, in order. */
  stored(type: string): StoredMessage[] {
    const all: StoredMessage[] = [];
    for (let seq = 1; seq <= this.server.streams.log.lastSeq; seq += 1) {
      const message = this.server.streams.log.at(seq);
      if (message?.headers.get('ce-type') === type || message?.subject.endsWith(type)) all.push(message);
    }
    return all;
  }
}

/** Until everything that can happen without time has happened. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function dataOf(message: StoredMessage | undefined): JsonObject {
  return JSON.parse(new TextDecoder().decode(message?.data ?? Buffer.from('{}'))) as JsonObject;
}
