/**
 * Where the ring of events comes from: this node's own facts, or the live feed of every node over NATS.
 * The feed of a busy fleet costs each node that hears it, so it is heard only while somebody watches.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { NodeView, ViewEvent } from '../supervisor/view.ts';
import type { EventRing } from './event-ring.ts';

/** Starts to hear; resolves once nothing is missed any more, with the way to stop. */
export type Feed = (listener: (event: ViewEvent) => void) => Promise<() => void>;

/** The last watcher may come back, as a page that is loaded again does. */
const LINGER_MS = 60_000;

/** Fills the ring. */
export interface EventSource {
  /** Somebody watches from now on. Resolves once nothing is missed, with the way to leave. */
  enter(): Promise<() => void>;
  close(): void;
}

/** Of this node alone: always heard, since it costs nothing. */
export function ownEvents(view: NodeView, ring: EventRing): EventSource {
  const close = view.subscribe((event) => ring.push(event));
  return { enter: () => Promise.resolve(() => undefined), close };
}

/** Of every node. What was missed while nobody watched is told as a reset. */
export function fleetEvents(feed: Feed, ring: EventRing, clock: Clock): EventSource {
  let watchers = 0;
  let hearing: Promise<() => void> | undefined;
  let lingering: TimerHandle | undefined;
  const stop = (): void => {
    void hearing?.then((end) => end());
    hearing = undefined;
    ring.forget();
  };
  return {
    async enter() {
      watchers += 1;
      lingering?.cancel();
      hearing ??= feed((event) => ring.push(event));
      await hearing;
      return () => {
        watchers -= 1;
        if (watchers === 0) lingering = clock.after(LINGER_MS, stop);
      };
    },
    close() {
      lingering?.cancel();
      stop();
    },
  };
}
