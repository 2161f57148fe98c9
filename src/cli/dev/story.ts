/** What is known of the demo's calls while they run: the facts of the live feed, call by call. Pure. */
import type { Json } from '../../contract/json.ts';
import type { ViewEvent } from '../../supervisor/view.ts';
import type { DemoCall } from '../demo/demo.ts';

export interface Chapter {
  readonly call: DemoCall;
  /** `waiting` until the call is known, then the machine's states. */
  readonly state: string;
  /** What last moved it. */
  readonly cause: string;
  /** Of `call.started`, and of the last change: fold time, ms since the epoch. */
  readonly startedAt?: number;
  readonly changedAt?: number;
  readonly closed: boolean;
  /** Codes of `alarm.raised`. */
  readonly alarms: readonly string[];
}

export type Story = ReadonlyMap<string, Chapter>;

export function newStory(calls: readonly DemoCall[]): Story {
  return new Map(
    calls.map((call) => [call.callId, { call, state: 'waiting', cause: '', closed: false, alarms: [] }]),
  );
}

/** The story with one more fact; the same story when the fact is about no call of it. */
export function told(story: Story, { callId, type, at, data }: ViewEvent): Story {
  const chapter = story.get(callId);
  if (chapter === undefined) return story;
  return new Map(story).set(callId, { ...chapter, ...changeOf(chapter, type, at, data) });
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function changeOf(chapter: Chapter, type: string, at: number, data: ViewEvent['data']): Partial<Chapter> {
  switch (type) {
    case 'call.started':
      return { state: 'active', cause: type, startedAt: at, changedAt: at };
    case 'state.changed':
      return { state: text(data['to']), cause: text(data['cause']), changedAt: at };
    case 'call.closed':
      return { state: 'closed', closed: true, changedAt: at };
    case 'alarm.raised':
      return { alarms: [...chapter.alarms, text(data['code'])] };
    default:
      return {};
  }
}
