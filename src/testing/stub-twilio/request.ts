/** What a stub Twilio remembers and tells of the requests it gets. */
import type { StubCall } from './call.ts';

/** One request as the stub saw it. No credentials but the user name. */
export interface StubTwilioRequest {
  /** Arrival, ms of the monotonic clock. */
  readonly arrivedAt: number;
  /** Arrival, ms since the epoch. */
  readonly arrivedWallAt: number;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly accountSid?: string;
  /** Undefined for lists. */
  readonly callSid?: string;
  /** The form of an update. */
  readonly form: Readonly<Record<string, string>>;
  readonly username?: string;
  readonly authorized: boolean;
  readonly connection: number;
  /** The HTTP status answered, or the fault that gave none. */
  readonly answered: number | 'timeout' | 'reset';
}

export interface StubTwilioEvents {
  /** A request of ours ended the call: the moment a media stub closes its WebSocket. */
  hangup: [StubCall];
  /** Any change of status, hangups included. */
  status: [StubCall];
  /** Each request, once its answer is decided. */
  request: [StubTwilioRequest];
}
