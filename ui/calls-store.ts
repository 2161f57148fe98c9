/**
 * The open calls, kept as the feed tells them. All are read once, page by page; then only what changed
 * and is looked at is asked for again, so that ten thousand calls cost no more than a screen of them.
 */
import { signal } from '@preact/signals';
import type { ListedCall } from '../src/admin/answers.ts';
import type { CallDetail, CallStateName, ViewEvent } from '../src/supervisor/view.ts';
import { ApiProblem, get, tokenWanted, wordsOf } from './api.ts';
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
/** Between two looks at what changed. */
const REFRESH_MS = 400;
/** Everything anew, against whatever was missed. */
const RELOAD_MS = 60_000;

const byId = new Map<string, ListedCall>();
const changed = new Set<string>();
let visible: readonly string[] = [];
let closedChanged = true;
let reloadWanted = true;

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
  setInterval(() => (reloadWanted = true), RELOAD_MS);
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
  if (!held.value) revision.value += 1;
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
  const few = byId.size <= PAGE_MAX;
  if (reloadWanted || (few && changed.size > 0)) {
    reloadWanted = false;
    changed.clear();
    await reload().catch((error: unknown) => {
      // A node that asks for its token first has not answered: asked again.
      reloadWanted = true;
      throw error;
    });
  } else if (changed.size > 0) {
    const seen = new Set(visible);
    const wanted = [...changed].filter((callId) => seen.has(callId) || !byId.has(callId));
    for (const callId of wanted) changed.delete(callId);
    await Promise.all(wanted.map(refreshOne));
    if (wanted.length > 0) revision.value += 1;
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
    revision.value += 1;
    cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  for (const callId of byId.keys()) if (!seen.has(callId) && !changed.has(callId)) byId.delete(callId);
  loading.value = false;
  revision.value += 1;
}

async function refreshOne(callId: string): Promise<void> {
  try {
    const detail = await get<CallDetail>(`calls/${encodeURIComponent(callId)}?redact=1`);
    if (detail.state === 'closed' && detail.effects.length === 0) byId.delete(callId);
    else byId.set(callId, listed(detail));
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) byId.delete(callId);
    else throw error;
  }
}

function listed(detail: CallDetail): ListedCall {
  const { callId, gateway, partition, state, startedAt, ageMs, endedBy, endReason, value, timers, effects } =
    detail;
  const next = [...timers].sort((a, b) => a.dueAt - b.dueAt)[0];
  const retries = effects.find(({ effectId }) => next?.timerId === `effect.${effectId}`);
  return {
    callId,
    gateway,
    partition,
    state,
    startedAt,
    ageMs,
    value,
    ...(effects.length === 0 ? {} : { effects }),
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(endReason === undefined ? {} : { endReason }),
    ...(next === undefined
      ? {}
      : {
          nextTimer: {
            timerId: next.timerId,
            dueAt: next.dueAt,
            ...(retries === undefined ? {} : { retries }),
          },
        }),
  };
}
