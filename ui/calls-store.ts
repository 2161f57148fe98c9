/**
 * The open calls, kept as the feed tells them. All are read once, page by page; then only those that
 * changed are asked for again, many at once, and the list is drawn a few times a second at most.
 */
import { signal } from '@preact/signals';
import type { ListedCall } from '../src/admin/answers.ts';
import type { CallStateName, ViewEvent } from '../src/supervisor/view.ts';
import { get, tokenWanted, wordsOf } from './api.ts';
import { learnTime } from './clock.ts';
import { listen } from './live.ts';
import { textOf } from './words/text.ts';

export interface ClosedCall {
  readonly callId: string;
  readonly gateway?: string;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly closedAt?: number;
  readonly endedBy?: string;
  readonly endReason?: string;
  readonly farewell?: string;
}

interface Page {
  readonly calls: readonly ListedCall[];
  readonly unanswered: readonly number[];
  readonly now: number;
  readonly next?: string;
}

const PAGE_MAX = 500;
const CLOSED_MAX = 100;
/** Between two questions about what changed. */
const REFRESH_MS = 400;
/** Of rows on the screen: what does not change the state of a call, as a word of its gateway, is no fact of the feed. */
const LOOK_MS = 2_000;
/** Everything anew, for what is not on the screen and against whatever was missed. */
const RELOAD_MS = 10_000;
/** Ten thousand calls cost more to read: rest this many times as long as the reading took. */
const RELOAD_REST_FACTOR = 20;
/** A busy fleet tells hundreds of facts a second; drawing ten thousand calls for each would stop the page. */
const DRAW_MS = 250;
/** Calls named in one question: the node takes no more. */
const IDS_MAX = 100;
/** More calls than this changed while nobody looked: reading all anew costs less. */
const CHANGED_MAX = 2_000;

const byId = new Map<string, ListedCall>();
const changed = new Set<string>();
let visible: readonly string[] = [];
let closedChanged = true;
let reloadWanted = true;
let reloadAt = 0;
let lookAt = 0;
/** The list is not drawn as it is known. */
let stale = false;

/** Grows when the list must be drawn again. */
export const revision = signal(0);
export const loading = signal(true);
export const problem = signal('');
export const unanswered = signal<readonly number[]>([]);
export const closedCalls = signal<readonly ClosedCall[]>([]);
/** A held list does not move under the reader's eyes. */
export const held = signal(false);

export function openCalls(): IterableIterator<ListedCall> {
  return byId.values();
}

/** Rows on the screen: these are kept exact. */
export function look(ids: readonly string[]): void {
  visible = ids;
}

/** Starts once, with the page. */
export function keepCalls(): void {
  listen((event) => {
    if (event === 'reset') reloadWanted = true;
    else hear(event);
  });
  void refreshForever();
  setInterval(draw, DRAW_MS);
}

function draw(): void {
  if (!stale || held.value || document.hidden) return;
  stale = false;
  revision.value += 1;
}

function hear({ type, callId, data, at }: ViewEvent): void {
  if (type === 'call.closed') {
    byId.delete(callId);
    // It stays in the list when work outlived it: that is asked for.
    changed.add(callId);
    closedChanged = true;
  } else {
    const known = byId.get(callId);
    if (type === 'call.started' && known === undefined) {
      const gateway = textOf(data['gateway']);
      byId.set(callId, { callId, gateway, partition: 0, state: 'active', startedAt: at, ageMs: 0 });
    } else if (type === 'state.changed' && known !== undefined) {
      const { nextTimer: _old, value: _was, effects: _then, ...rest } = known;
      byId.set(callId, { ...rest, state: textOf(data['to']) as CallStateName });
    }
    changed.add(callId);
  }
  stale = true;
}

async function refreshForever(): Promise<never> {
  for (;;) {
    if (!held.value && !document.hidden && !tokenWanted.value) {
      try {
        await refresh();
        problem.value = '';
      } catch (error) {
        problem.value = wordsOf(error);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

async function refresh(): Promise<void> {
  const startedAt = performance.now();
  if (startedAt > lookAt) {
    lookAt = startedAt + LOOK_MS;
    for (const callId of visible) changed.add(callId);
  }
  if (reloadWanted || startedAt > reloadAt || changed.size > CHANGED_MAX) {
    reloadWanted = false;
    changed.clear();
    await reload().catch((error: unknown) => {
      // A node that asks for its token first has not answered: asked again.
      reloadWanted = true;
      throw error;
    });
    const tookMs = performance.now() - startedAt;
    reloadAt = performance.now() + Math.max(RELOAD_MS, tookMs * RELOAD_REST_FACTOR);
  } else if (changed.size > 0) {
    const ids = [...changed];
    changed.clear();
    await Promise.all(batchesOf(ids).map(refreshSome)).catch((error: unknown) => {
      for (const callId of ids) changed.add(callId);
      throw error;
    });
  }
  if (closedChanged) {
    closedChanged = false;
    await reloadClosed().catch((error: unknown) => {
      closedChanged = true;
      throw error;
    });
  }
}

async function reloadClosed(): Promise<void> {
  const { calls } = await get<{ calls: ClosedCall[] }>(`calls?state=closed&limit=${CLOSED_MAX}`);
  closedCalls.value = calls;
}

async function reload(): Promise<void> {
  const seen = new Set<string>();
  let cursor = '';
  do {
    const page: Page = await get(`calls?limit=${PAGE_MAX}${cursor}`);
    learnTime(page.now);
    for (const call of page.calls) {
      byId.set(call.callId, call);
      seen.add(call.callId);
    }
    unanswered.value = page.unanswered;
    stale = true;
    cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  for (const callId of byId.keys()) if (!seen.has(callId) && !changed.has(callId)) byId.delete(callId);
  loading.value = false;
  stale = true;
}

function batchesOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / IDS_MAX) }, (_, index) =>
    ids.slice(index * IDS_MAX, (index + 1) * IDS_MAX),
  );
}

async function refreshSome(ids: readonly string[]): Promise<void> {
  const page: Page = await get(`calls?ids=${ids.join(',')}`);
  const known = new Map(page.calls.map((call) => [call.callId, call]));
  for (const callId of ids) {
    const call = known.get(callId);
    if (call !== undefined) byId.set(callId, call);
    // Whoever is between two owners is told later.
    else if (page.unanswered.length === 0) byId.delete(callId);
  }
  unanswered.value = page.unanswered;
  stale = true;
}
