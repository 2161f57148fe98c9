/**
 * At most so many requests to a provider in every one-second window, as the provider counts them
 * (invariant 23). A place is kept until a second after the answer, not after the sending: the request
 * arrived somewhere in between.
 */
import type { Clock } from '../clock/clock.ts';

const WINDOW_MS = 1_000;

/** A request that is still unanswered after this long has arrived long since, or never will. */
const ARRIVAL_MAX_MS = 1_000;

export interface Place {
  /** The requests were answered, or given up. */
  release(): void;
  /** The requests were not sent. */
  giveBack(): void;
}

export class RateWindow {
  private readonly clock: Clock;
  private readonly requestsMax: number;
  /** Each queue is in the order in which its places get free. */
  private readonly unanswered: Held[] = [];
  private readonly answered: Held[] = [];
  private used = 0;

  /** `requestsMax` per second, at least 1. */
  constructor(clock: Clock, requestsMax: number) {
    this.clock = clock;
    this.requestsMax = requestsMax;
  }

  /** Places for `requests` requests, or undefined: look again after {@link freeInMs}, or a release. */
  take(requests: number): Place | undefined {
    const now = this.clock.monotonic();
    this.expire(this.unanswered, now);
    this.expire(this.answered, now);
    const wanted = Math.min(requests, this.requestsMax);
    if (this.used + wanted > this.requestsMax) return undefined;
    const held = new Held(this, wanted, now + ARRIVAL_MAX_MS + WINDOW_MS);
    enqueue(held, this.unanswered);
    this.used += wanted;
    return held;
  }

  /** Until the first place is free, in ms. */
  freeInMs(): number {
    const first = Math.min(
      firstOf(this.unanswered)?.freeAt ?? Infinity,
      firstOf(this.answered)?.freeAt ?? Infinity,
    );
    return first === Infinity ? 0 : Math.max(1, Math.ceil(first - this.clock.monotonic()));
  }

  /** Of one that is held. */
  answer(held: Held): void {
    const freeAt = this.clock.monotonic() + WINDOW_MS;
    if (held.queue !== this.unanswered || held.freeAt <= freeAt) return;
    held.freeAt = freeAt;
    enqueue(held, this.answered);
  }

  free(held: Held): void {
    if (held.queue === undefined) return;
    held.queue = undefined;
    this.used -= held.requests;
  }

  private expire(queue: Held[], now: number): void {
    for (let first = firstOf(queue); first !== undefined && first.freeAt <= now; first = firstOf(queue)) {
      this.free(first);
    }
  }
}

class Held implements Place {
  readonly requests: number;
  /** Monotonic, ms. */
  freeAt: number;
  /** The one that it counts in; undefined once it is free. */
  queue: readonly Held[] | undefined;
  private readonly window: RateWindow;

  constructor(window: RateWindow, requests: number, freeAt: number) {
    this.window = window;
    this.requests = requests;
    this.freeAt = freeAt;
  }

  release(): void {
    this.window.answer(this);
  }

  giveBack(): void {
    this.window.free(this);
  }
}

function enqueue(held: Held, queue: Held[]): void {
  held.queue = queue;
  queue.push(held);
}

/** Who went to the other queue, or was freed out of turn, is dropped when it comes to the head of this one. */
function firstOf(queue: Held[]): Held | undefined {
  while (queue[0] !== undefined && queue[0].queue !== queue) queue.shift();
  return queue[0];
}
