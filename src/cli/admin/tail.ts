/** `onhook tail` and `onhook calls watch`: the live stream, a line per fact. */
import type { Command } from 'commander';
import type { ViewEvent } from '../../supervisor/view.ts';
import { plain } from '../output.ts';
import { interrupted } from '../signals.ts';
import { adminOf } from './address.ts';
import type { AdminClient } from './client.ts';
import { outputOf } from './calls.ts';

export interface TailFilter {
  readonly callId?: string | undefined;
  readonly type?: string | undefined;
}

function lineOf({ at, callId, type, data }: ViewEvent): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const facts = Object.entries(data ?? {}).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return plain([time, callId, type, ...facts].join('  '));
}

async function isClosed(admin: AdminClient, callId: string): Promise<boolean> {
  const call = (await admin.get(`/api/calls/${encodeURIComponent(callId)}`)) as { state?: string };
  return call.state === 'closed';
}

/** Until Ctrl-C, the end of the node, or the end of the one call that is watched. */
export async function tail(command: Command, { callId, type }: TailFilter): Promise<void> {
  const output = outputOf(command);
  const stop = interrupted();
  try {
    const admin = adminOf(command);
    const events = await admin.events(stop.signal);
    // After the stream is open, so that its end is not missed.
    if (callId !== undefined && (await isClosed(admin, callId))) return;
    for await (const { data } of events) {
      const event = JSON.parse(data) as ViewEvent;
      if (callId !== undefined && event.callId !== callId) continue;
      if (type === undefined || event.type === type) output.line(event, () => lineOf(event));
      if (callId !== undefined && event.type === 'call.closed') break;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.release();
  }
}
