/** What can go wrong in the gateway library: two errors that are thrown, and problems that are reported. */

/** The fleet name does not fit a subject token. Terminal: change the configuration. */
export class InvalidGatewayName extends Error {
  readonly code = 'invalid_gateway_name';
  constructor(name: string) {
    super(
      `gateway name ${JSON.stringify(name)} does not fit; use letters, digits, _ and -, at most 64, not _ first`,
    );
    this.name = 'InvalidGatewayName';
  }
}

/**
 * Thrown by a command handler that cannot do what it was asked. Its `code` reaches onhook as the
 * answer; anything else that a handler throws is answered `command_failed` without its message.
 */
export class CommandRefused extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`command refused: ${code}`);
    this.name = 'CommandRefused';
    this.code = code;
  }
}

export type GatewayProblemCode =
  /** The buffer was full; the least important event was dropped. */
  | 'event_dropped'
  /** Body above 64 KiB, or the server's own limit: not sent. */
  | 'event_too_large'
  /** No ack; the same event is published again with the same id. Reported once per outage. */
  | 'event_unacknowledged'
  /** NATS refused by permission; check the account of this gateway. */
  | 'permission_refused'
  /** A command handler threw. */
  | 'command_failed'
  /** A guard or a callback of the end_call tool threw; the call ends all the same. */
  | 'callback_failed';

/** For logs and metrics. Carries no data of the event. */
export interface GatewayProblem {
  readonly code: GatewayProblemCode;
  readonly callId?: string;
  /** Event type or command verb. */
  readonly subject?: string;
  readonly cause?: unknown;
}

export type OnProblem = (problem: GatewayProblem) => void;
