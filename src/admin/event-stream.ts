/** `GET /api/events`: the live feed as server-sent events, resumed by `Last-Event-ID`. */
import type { Context } from 'hono';
import type { SSEStreamingApi } from 'hono/streaming';
import { streamSSE } from 'hono/streaming';
import type { Clock } from '../clock/clock.ts';
import type { EventRing } from './event-ring.ts';
import type { EventSource } from './feed-source.ts';
import { Problem } from './problem.ts';

/** Proxies close what is silent for 30 to 60 s. */
const HEARTBEAT_MS = 15_000;
/** A person opens a few; more is a client that does not close. */
const WATCHERS_MAX = 64;

/**
 * A handler that streams. A watcher that asks for events that are gone gets `reset` first: what it
 * shows is to be fetched again.
 */
export function eventStream(ring: EventRing, source: EventSource, clock: Clock): (c: Context) => Response {
  let watchers = 0;
  return (c) => {
    // Nothing of it is read, so nobody would notice its end.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
    if (watchers >= WATCHERS_MAX) {
      throw new Problem(
        'too_many_watchers',
        `at most ${WATCHERS_MAX}; close one, or watch ….out.> over NATS`,
      );
    }
    watchers += 1;
    const callId = c.req.query('call');
    const lastId = c.req.header('last-event-id');
    return streamSSE(c, async (stream) => {
      const leave = await source.enter();
      try {
        await watch(stream, ring, clock, { place: ring.placeOf(lastId), callId });
      } finally {
        leave();
        watchers -= 1;
      }
    });
  };
}

interface Watch {
  readonly place: number | undefined;
  readonly callId: string | undefined;
}

/** What to do when the watcher leaves. */
interface Interruption {
  run: () => void;
}

async function watch(stream: SSEStreamingApi, ring: EventRing, clock: Clock, from: Watch): Promise<void> {
  // Registered once: the stream never forgets a listener.
  const interruption: Interruption = { run: () => {} };
  stream.onAbort(() => interruption.run());
  // Headers leave with the first byte: a watcher knows at once that it is connected.
  await stream.write(': connected\n\n');
  let place = from.place;
  while (!stream.aborted && !ring.isClosed) {
    const events = place === undefined ? undefined : ring.after(place);
    if (events === undefined) {
      const { lastNumber, lastId } = ring;
      await stream.writeSSE({ id: lastId, event: 'reset', data: '{}' });
      place = lastNumber;
      continue;
    }
    for (const { id, number, event } of events) {
      place = number;
      if (from.callId !== undefined && event.callId !== from.callId) continue;
      await stream.writeSSE({ id, event: event.type, data: JSON.stringify(event) });
      if (stream.aborted) return;
    }
    if (events.length === 0 && (await quiet(ring, clock, interruption))) await stream.write(': alive\n\n');
  }
}

/** Waits for the next event or the watcher's end; true when nothing came for a heartbeat. */
function quiet(ring: EventRing, clock: Clock, interruption: Interruption): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (silent: boolean): void => {
      timer.cancel();
      stop();
      resolve(silent);
    };
    const stop = ring.onNext(() => done(false));
    const timer = clock.after(HEARTBEAT_MS, () => done(true));
    interruption.run = () => done(false);
  });
}
