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

interface Held {
  readonly requests: number;
  /** Monotonic, ms. */
  freeAt: number;
}

export class RateWindow {
  private readonly clock: Clock;
  private readonly requestsMax: number;
  private readonly held = new Set<Held>();
  private used = 0;

  /** `requestsMax` per second, at least 1. */
  constructor(clock: Clock, requestsMax: number) {
    this.clock = clock;
    this.requestsMax = requestsMax;
  }

  /** Places for `requests` requests, or undefined: look again after {@link freeInMs}, or a release. */
  take(requests: number): Place | undefined {
    this.expire();
    const wanted = Math.min(requests, this.requestsMax);
    if (this.used + wanted > this.requestsMax) return undefined;
    const held: Held = {
      requests: wanted,
      freeAt: this.clock.monotonic() + ARRIVAL_MAX_MS + WINDOW_MS,
    };
    this.held.add(held);
    this.used += wanted;
    return {
      release: () => void (held.freeAt = Math.min(held.freeAt, this.clock.monotonic() + WINDOW_MS)),
      giveBack: () => this.free(held),
    };
  }

  /** Until the first place is free, in ms. */
  freeInMs(): number {
    let first = Infinity;
    for (const { freeAt } of this.held) first = Math.min(first, freeAt);
    return first === Infinity ? 0 : Math.max(1, Math.ceil(first - this.clock.monotonic()));
  }

  private expire(): void {
    const now = this.clock.monotonic();
    for (const held of this.held) if (held.freeAt <= now) this.free(held);
  }

  private free(held: Held): void {
    if (this.held.delete(held)) this.used -= held.requests;
  }
}
