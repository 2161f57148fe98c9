/** One call as a page needs it: its present, its messages, and what the fold makes of them. */
import { useEffect, useState } from 'preact/hooks';
import type { JsonObject } from '../src/contract/json.ts';
import { playTape } from '../src/actors/tape.ts';
import type { Played, Tape } from '../src/actors/tape.ts';
import type { CallDetail } from '../src/supervisor/view.ts';
import { ApiProblem, get, wordsOf } from './api.ts';
import { learnTime } from './clock.ts';
import { listen } from './live.ts';

/** What both an open and a closed call have. */
export type ShownCall = Pick<CallDetail, 'callId' | 'state' | 'timers' | 'effects' | 'legs'> &
  Partial<CallDetail> & {
    readonly now: number;
    readonly record?: JsonObject;
    readonly endedAt?: number;
    readonly closedAt?: number;
  };

export interface CallData {
  readonly call?: ShownCall | undefined;
  readonly tape?: Tape | undefined;
  readonly played: readonly Played[];
  /** Why there is no call. */
  readonly problem?: string | undefined;
  /** Why there are no messages: the log may have removed them. */
  readonly tapeProblem?: string | undefined;
}

/** Between two looks at a call on which something happens. */
const REFRESH_MS = 300;
/** A long call costs more to read: rest this many times as long as the reading took. */
const REST_FACTOR = 4;

const EMPTY: CallData = { played: [] };

/** Follows the call while the page is open. `reveal`: with what people said. */
export function useCall(callId: string, reveal: boolean): CallData {
  const [data, setData] = useState<CallData>(EMPTY);
  useEffect(() => {
    const watch = { stopped: false, changed: true };
    const unlisten = listen((event) => {
      if (event === 'reset' || event.callId === callId) watch.changed = true;
    });
    void follow(callId, reveal, watch, setData);
    return () => {
      watch.stopped = true;
      unlisten();
    };
  }, [callId, reveal]);
  return data;
}

interface Watch {
  stopped: boolean;
  changed: boolean;
}

async function follow(
  callId: string,
  reveal: boolean,
  watch: Watch,
  show: (data: CallData) => void,
): Promise<void> {
  while (!watch.stopped) {
    let restMs = REFRESH_MS;
    if (watch.changed) {
      watch.changed = false;
      const startedAt = performance.now();
      const data = await read(callId, reveal);
      restMs = Math.max(REFRESH_MS, (performance.now() - startedAt) * REST_FACTOR);
      if (!watch.stopped) show(data);
    }
    await new Promise((resolve) => setTimeout(resolve, restMs));
  }
}

async function read(callId: string, reveal: boolean): Promise<CallData> {
  const path = `calls/${encodeURIComponent(callId)}`;
  const [call, tape] = await Promise.allSettled([
    get<ShownCall>(`${path}${reveal ? '' : '?redact=1'}`),
    get<Tape>(`${path}/tape${reveal ? '?reveal=1' : ''}`),
  ]);
  if (call.status === 'fulfilled') learnTime(call.value.now);
  let [played, tapeProblem]: [Played[], string | undefined] = [[], undefined];
  if (tape.status === 'fulfilled') {
    try {
      played = playTape(tape.value);
    } catch (error) {
      tapeProblem = `The fold of this call throws: ${wordsOf(error)}`;
    }
  } else tapeProblem = wordsOf(tape.reason);
  return {
    played,
    tapeProblem,
    ...(call.status === 'fulfilled' ? { call: call.value } : { problem: notFoundWords(call.reason) }),
    ...(tape.status === 'fulfilled' ? { tape: tape.value } : {}),
  };
}

function notFoundWords(error: unknown): string {
  if (error instanceof ApiProblem && error.status === 404)
    return 'Nobody knows this call: no node holds it, and there is no record.';
  return wordsOf(error);
}
