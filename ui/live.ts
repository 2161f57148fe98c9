/**
 * The live feed, once for all pages: server-sent events read with `fetch`, since only that can send a
 * token. After a break it goes on after the last event it saw (`Last-Event-ID`); what was missed too
 * long is told as `reset`.
 */
import { signal } from '@preact/signals';
import type { ViewEvent } from '../src/supervisor/view.ts';
import { request, tokenWanted } from './api.ts';

export type LiveState = 'connecting' | 'live' | 'lost';

export const liveState = signal<LiveState>('connecting');

type Listener = (event: ViewEvent | 'reset') => void;

const listeners = new Set<Listener>();
const RETRY_MS = [500, 1_000, 2_000, 5_000];

/** Returns the way to stop. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Runs as long as the page. */
export async function follow(): Promise<never> {
  let lastId: string | undefined;
  let failures = 0;
  for (;;) {
    try {
      const response = await request('events', {
        headers: {
          Accept: 'text/event-stream',
          ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }),
        },
      });
      liveState.value = 'live';
      failures = 0;
      for await (const { id, event, data } of blocksOf(response)) {
        lastId = id ?? lastId;
        tell(event === 'reset' ? 'reset' : (JSON.parse(data) as ViewEvent));
      }
    } catch {
      // Told by the state below; the next try comes by itself.
    }
    // Without its token the node is not lost: it is asked once the reader has typed it.
    liveState.value = tokenWanted.value ? 'connecting' : 'lost';
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0;
    failures += 1;
    await (tokenWanted.value ? tokenTyped() : new Promise((resolve) => setTimeout(resolve, wait)));
  }
}

function tokenTyped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = tokenWanted.subscribe((wanted) => {
      if (wanted) return;
      // Never within the first call, which comes before `stop` is there.
      stop();
      resolve();
    });
  });
}

function tell(event: ViewEvent | 'reset'): void {
  for (const listener of listeners) listener(event);
}

interface Block {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

async function* blocksOf(response: Response): AsyncGenerator<Block> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return;
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim();
      const data = field('data');
      if (data !== undefined) yield { id: field('id'), event: field('event') ?? 'message', data };
    }
  }
}
