/**
 * A circuit breaker per provider: after some failures in a row nothing is sent for a while, then one
 * probe. It spares a provider that is down the storm of every ending call, and tells those calls at
 * once instead of after a time-out each.
 */
import type { Clock } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';

export interface BreakerOptions {
  /** In a row, from 1. */
  readonly failuresMax: number;
  readonly openMs: number;
}

export class Breaker {
  private readonly clock: Clock;
  private readonly options: BreakerOptions;
  private failures = 0;
  /** Monotonic, ms; undefined while closed. */
  private openUntil: number | undefined;
  private probing = false;

  constructor(clock: Clock, options: BreakerOptions) {
    this.clock = clock;
    this.options = options;
  }

  get isOpen(): boolean {
    return this.openUntil !== undefined;
  }

  /** Open, and a probe is on its way: its answer, soon, says what becomes of the others. */
  get isProbing(): boolean {
    return this.probing && this.isOpen;
  }

  /** 0 = a request may be sent, or wait for the probe; else for how long none may, in ms. */
  blockedForMs(): number {
    if (this.openUntil === undefined) return 0;
    return Math.max(0, Math.ceil(this.openUntil - this.clock.monotonic()));
  }

  /** A request leaves. Whether it is the probe: to be said with its outcome. */
  sent(): boolean {
    const probe = this.openUntil !== undefined;
    if (probe) this.probing = true;
    return probe;
  }

  /** What came of a request that was `sent`, once; undefined = it was not sent. */
  heard(outcome: Outcome | undefined, probe: boolean): void {
    if (probe) this.probing = false;
    const verdict = outcome === undefined ? 'unknown' : verdictOf(outcome);
    if (verdict === 'answered') [this.failures, this.openUntil] = [0, undefined];
    if (verdict === 'failed') this.failed(probe);
  }

  /** Requests that left before it opened, and fail late, do not keep it open. */
  private failed(probe: boolean): void {
    this.failures += 1;
    const opens = this.openUntil === undefined && this.failures >= this.options.failuresMax;
    if (probe || opens) this.openUntil = this.clock.monotonic() + this.options.openMs;
  }
}

/**
 * `retry` means that the provider did not answer or failed inside, with two exceptions: our own abort
 * says nothing, and a provider that asks for fewer requests is alive.
 */
function verdictOf({ result, code = '' }: Outcome): 'answered' | 'failed' | 'unknown' {
  if (result !== 'retry') return 'answered';
  if (code === 'aborted' || code === 'internal') return 'unknown';
  return SLOW_DOWN.test(code) ? 'answered' : 'failed';
}

/** `http_429`, Twilio's 20429, LiveKit's word. */
const SLOW_DOWN = /429$|_resource_exhausted$/;
