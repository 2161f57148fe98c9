/** `onhook tail` and `onhook calls watch`: the live stream, a line per fact. */
import type { Command } from 'commander';
import { encodeCallId, isCallId } from '../../contract/subjects.ts';
import type { ViewEvent } from '../../supervisor/view.ts';
import { plain } from '../output.ts';
import type { Output } from '../output.ts';
import { endInterrupted, interrupted } from '../signals.ts';
import { paint } from '../terminal.ts';
import { adminOf } from './address.ts';
import { outputOf } from './calls.ts';
import { AdminStreamEnded } from './client.ts';
import type { AdminClient } from './client.ts';

export interface TailFilter {
  readonly callId?: string | undefined;
  readonly type?: string | undefined;
}

function lineOf({ at, callId, type, data }: ViewEvent): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const facts = Object.entries(data ?? {}).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const shown = type === 'alarm.raised' ? paint('red', type) : paint('cyan', plain(type));
  return [paint('dim', time), plain(callId), shown, ...facts.map(plain)].join('  ');
}

/** Until Ctrl-C (exit 130), the end of the node (exit 69), or the end of the one call that is watched. */
export async function tail(command: Command, filter: TailFilter): Promise<void> {
  const output = outputOf(command);
  const stop = interrupted();
  // An open stream would keep the process, also when nothing more is wanted of it.
  const done = new AbortController();
  try {
    const admin = adminOf(command);
    const { callId } = filter;
    // Facts name the token of an id that fits no subject.
    const id = callId === undefined || isCallId(callId) ? callId : encodeCallId(callId);
    await follow(admin, { ...filter, callId: id }, output, AbortSignal.any([stop.signal, done.signal]));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    endInterrupted(stop.signal);
  } finally {
    done.abort();
    stop.release();
  }
}

async function follow(
  admin: AdminClient,
  { callId, type }: TailFilter,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const events = await admin.events(signal);
  output.progress(`listening to ${admin.url}; Ctrl-C ends it`);
  // After the stream is open, so that its end is not missed.
  if (callId !== undefined && (await isClosed(admin, callId, output))) return;
  for await (const { data } of events) {
    const event = JSON.parse(data) as ViewEvent;
    if (callId !== undefined && event.callId !== callId) continue;
    if (type === undefined || event.type === type) output.line(event, () => lineOf(event));
    if (callId !== undefined && event.type === 'call.closed') return;
  }
  throw new AdminStreamEnded(admin.url);
}

/** Says so: nothing more would come. */
async function isClosed(admin: AdminClient, callId: string, output: Output): Promise<boolean> {
  const call = (await admin.get(`/api/calls/${encodeURIComponent(callId)}`)) as Partial<Closed>;
  if (call.state !== 'closed') return false;
  const { state, endedBy = 'unknown', endReason = 'unknown' } = call;
  output.line(
    { callId, state, endedBy, endReason },
    () =>
      `${callId} is closed already: ${endReason}, by ${endedBy}; onhook calls show ${callId} tells it all`,
  );
  return true;
}

interface Closed {
  readonly state: string;
  readonly endedBy: string;
  readonly endReason: string;
}
