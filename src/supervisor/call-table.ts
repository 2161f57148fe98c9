/**
 * The calls of one partition: routes each message to its call's fold, remembers what was closed, and
 * what changed since the last checkpoint. No I/O and no clock: a replay gives the same table.
 */
import type { CallEntry, CallState, Fold, PinnedConfig, World } from '../actors/call-state.ts';
import type { Message } from '../contract/message.ts';
import { PRINCIPALS } from '../contract/subjects.ts';
import type { CallFold } from './call-fold.ts';
import type { ChunkItem, Tombstone } from './chunk.ts';
import { HeldEvents } from './held-events.ts';

/** A day of a busy node; beyond it `lateHorizonMs` alone refuses old starts (log rule 21). */
const TOMBSTONES_MAX = 500_000;

/** What a call that was forgotten is made again for (log rule 37, invariant 34). */
const REVIVING: ReadonlySet<string> = new Set([
  'redrive.requested',
  'discard.requested',
  'line.found',
  'facts.late',
]);

/** What became of a message, counted (invariant 19). */
export type Routed = 'applied' | 'held' | 'duplicate' | 'late' | 'invalid' | 'unauthorised';

export interface TableEvents {
  /** A call changed, began (`before` undefined) or is over (`gone`). */
  readonly onFold: (message: Message, before: CallState | undefined, fold: Fold, gone: boolean) => void;
  /** A start that was refused: what is to be told to its gateway. */
  readonly onRefused: (
    message: Message,
    refused: { readonly effects: Fold['effects']; readonly notes: Fold['notes'] },
  ) => void;
  /** A held event was given up (log rule 22). */
  readonly onExpired?: (message: Message) => void;
  /** The fold threw (log rule 38). */
  readonly onThrow: (message: Message, error: unknown, known: boolean) => void;
}

export class CallTable {
  readonly calls = new Map<string, CallState>();
  readonly held: HeldEvents;
  private readonly fold: CallFold;
  private readonly events: TableEvents;
  private readonly tombstones = new Map<string, Tombstone>();
  private readonly configs = new Map<string, { readonly config: PinnedConfig; users: number }>();
  /** Entries that this build could not read: kept as they are (log rule 12). */
  private readonly unreadable = new Map<string, CallEntry>();
  private dirty = new Set<string>();

  constructor(fold: CallFold, events: TableEvents) {
    this.fold = fold;
    this.events = events;
    this.held = new HeldEvents(events.onExpired);
  }

  /** Takes over a checkpoint. Returns the ids of entries that cannot be read. */
  restore(
    entries: Iterable<CallEntry>,
    tombstones: readonly Tombstone[],
    configs: Readonly<Record<string, PinnedConfig>>,
  ): string[] {
    const byHash = new Map(Object.entries(configs));
    for (const entry of entries) {
      try {
        this.put(entry.callId, undefined, this.fold.fromEntry(entry, byHash));
      } catch {
        this.unreadable.set(entry.callId, entry);
      }
    }
    for (const tombstone of tombstones) this.tombstones.set(tombstone.callId, tombstone);
    return [...this.unreadable.keys()];
  }

  isClosed(callId: string): boolean {
    return this.tombstones.has(callId);
  }

  /** Calls that were closed at or below a sequence, oldest first. */
  closedCalls(upToSeq: number, without: ReadonlySet<string>, max: number): string[] {
    const found: string[] = [];
    for (const { callId, seq } of this.tombstones.values()) {
      if (found.length === max) break;
      const over = seq <= upToSeq && !this.calls.has(callId);
      if (over && !without.has(callId)) found.push(callId);
    }
    return found;
  }

  /** One message of a call. Never throws. */
  apply(message: Message, world: World): Routed {
    const state = this.calls.get(message.callId);
    if (state !== undefined) return this.step(state, message, world);
    if (REVIVING.has(message.type) && message.gateway === PRINCIPALS.onhook)
      return this.revive(message, world);
    // Log rule 22 and invariants 15, 16: a closed call absorbs, its id is not reborn.
    if (this.tombstones.has(message.callId)) return 'late';
    if (message.type === 'call.started') return this.start(message, world);
    const own = message.gateway === PRINCIPALS.onhook || message.gateway === PRINCIPALS.operator;
    return !own && this.held.hold(message) ? 'held' : 'late';
  }

  /** Changed since the last capture; empties the set. Put back what was not committed with {@link redo}. */
  takeDirty(): Set<string> {
    const taken = this.dirty;
    this.dirty = new Set();
    return taken;
  }

  redo(ids: Iterable<string>): void {
    for (const id of ids) this.dirty.add(id);
  }

  get isDirty(): boolean {
    return this.dirty.size > 0;
  }

  /** The present item of a call, to be serialised later: states are immutable. */
  itemOf(callId: string): (() => ChunkItem) | undefined {
    const state = this.calls.get(callId);
    if (state !== undefined) return () => ({ entry: this.fold.toEntry(state) });
    const entry = this.unreadable.get(callId);
    if (entry !== undefined) return () => ({ entry });
    const tombstone = this.tombstones.get(callId);
    return tombstone && (() => ({ tombstone }));
  }

  /** Closed, and so long ago that its tombstone may go. */
  isExpired(callId: string, closedBefore: number): boolean {
    const tombstone = this.tombstones.get(callId);
    return tombstone !== undefined && tombstone.at <= closedBefore;
  }

  /** Log rule 28: only after the horizon, and by whoever knows that no older entry remains. */
  forgetTombstone(callId: string, closedBefore: number): boolean {
    return this.isExpired(callId, closedBefore) && this.tombstones.delete(callId);
  }

  /** By hash: what open calls pinned (log rule 26). */
  pinned(): Record<string, PinnedConfig> {
    return Object.fromEntries([...this.configs].map(([hash, { config }]) => [hash, config]));
  }

  private start(message: Message, world: World): Routed {
    let started: ReturnType<CallFold['startCall']>;
    try {
      started = this.fold.startCall(message, world);
    } catch (error) {
      this.events.onThrow(message, error, false);
      return 'invalid';
    }
    if ('refused' in started) {
      this.events.onRefused(message, started);
      return 'invalid';
    }
    this.accept(message, undefined, started);
    for (const held of this.held.take(message.callId, message.at)) {
      const state = this.calls.get(message.callId);
      // Log rule 22: with the start as their cause, so at its place in the log.
      if (state !== undefined) this.step(state, { ...held, seq: message.seq, at: message.at }, world);
    }
    return 'applied';
  }

  /** It stays closed: only what was given up goes on, and it is buried again (invariant 15). */
  private revive(message: Message, world: World): Routed {
    const buried = this.tombstones.get(message.callId);
    if (buried !== undefined && buried.seq >= message.seq) return 'duplicate';
    const fold = this.fold.reviveCall?.(message, world);
    if (fold === undefined) return 'late';
    this.accept(message, undefined, fold);
    return fold.verdict;
  }

  private step(state: CallState, message: Message, world: World): Routed {
    // Log rule 29: a snapshot has what is at or below its own last; of an older era it skips nothing.
    if (message.seq < state.last.seq && state.last.era === world.era) return 'duplicate';
    let fold: Fold;
    try {
      fold = this.fold.foldCall(state, message, world);
    } catch (error) {
      this.events.onThrow(message, error, true);
      return 'invalid';
    }
    this.accept(message, state, fold);
    return fold.verdict;
  }

  private accept(message: Message, before: CallState | undefined, fold: Fold): void {
    const { callId } = fold.state;
    const gone = this.fold.isDone(fold.state);
    if (fold.state !== before) {
      this.put(callId, before, fold.state);
      this.dirty.add(callId);
    }
    if (gone) this.bury({ callId, seq: message.seq, at: fold.state.foldAt });
    this.events.onFold(message, before, fold, gone);
  }

  private bury(tombstone: Tombstone): void {
    const state = this.calls.get(tombstone.callId);
    this.calls.delete(tombstone.callId);
    if (state !== undefined) this.release(state.config.hash);
    this.tombstones.set(tombstone.callId, tombstone);
    if (this.tombstones.size <= TOMBSTONES_MAX) return;
    const oldest = this.tombstones.keys().next().value;
    if (oldest !== undefined) this.tombstones.delete(oldest);
  }

  private put(callId: string, before: CallState | undefined, state: CallState): void {
    this.calls.set(callId, state);
    if (before?.config === state.config) return;
    if (before !== undefined) this.release(before.config.hash);
    const pinned = this.configs.get(state.config.hash);
    if (pinned === undefined) this.configs.set(state.config.hash, { config: state.config, users: 1 });
    else pinned.users += 1;
  }

  private release(hash: string): void {
    const pinned = this.configs.get(hash);
    if (pinned === undefined) return;
    pinned.users -= 1;
    if (pinned.users === 0) this.configs.delete(hash);
  }
}
