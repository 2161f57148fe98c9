/** The bounds of the dispatcher. Every one has a default, and the reason stands beside it. */

export interface DispatchLimits {
  /**
   * Requests per provider in every one-second window (invariant 23); a provider without an entry has
   * none. Twilio publishes no rate for REST calls and answers 429 when it is too much, which is honoured;
   * 1 000 is a number of ours, above what one node ends, that bounds a mistake and delays no hangup.
   * Because a place is kept until a second after the answer, the rate reached is a little lower.
   */
  readonly requestsPerSecond: Readonly<Record<string, number>>;
  /** Per provider. More would only queue in the sockets; default 200. */
  readonly providerInFlightMax: number;
  /** Per gateway fleet, so that one that froze holds up no other; default 1 000. */
  readonly commandsInFlightMax: number;
  /** Per end function, so that one that hangs holds up no other; the runner bounds processes; default 16. */
  readonly functionsInFlightMax: number;
  /** Records and dead letters together; appends are short; default 64. */
  readonly publicationsInFlightMax: number;
  /** Per lane; past it an effect settles as `retry` with `lane_full`; default 20 000. */
  readonly waitingMax: number;
  /** Failures in a row (no answer, 5xx) after which a provider is left alone; default 5. */
  readonly breakerFailures: number;
  /** Until one probe is let through, in ms; default 2 000, a fraction of the budget of a leg. */
  readonly breakerOpenMs: number;
}

export const DEFAULT_LIMITS: DispatchLimits = {
  requestsPerSecond: { twilio: 1_000 },
  providerInFlightMax: 200,
  commandsInFlightMax: 1_000,
  functionsInFlightMax: 16,
  publicationsInFlightMax: 64,
  waitingMax: 20_000,
  breakerFailures: 5,
  breakerOpenMs: 2_000,
};
