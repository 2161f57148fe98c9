/** What a stub LiveKit remembers and tells of the requests it gets. */
import type { StubEgress, StubParticipant, StubRoom } from './room.ts';

/** The methods onhook and gateways use; others are answered `bad_route`. */
export type StubLiveKitMethod =
  | 'CreateRoom'
  | 'ListRooms'
  | 'DeleteRoom'
  | 'ListParticipants'
  | 'RemoveParticipant'
  | 'ListEgress'
  | 'StopEgress';

/** One request as the stub saw it; the token is not kept. */
export interface StubLiveKitRequest {
  /** Arrival, ms of the monotonic clock. */
  readonly arrivedAt: number;
  /** Arrival, ms since the epoch. */
  readonly arrivedWallAt: number;
  /** The last part of the path: a {@link StubLiveKitMethod}, or whatever was asked for. */
  readonly method: string;
  /** The request message. */
  readonly message: Readonly<Record<string, unknown>>;
  /** The grants of a valid token, else undefined. */
  readonly grants: Readonly<Record<string, unknown>> | undefined;
  readonly connection: number;
  /** The HTTP status answered, or the fault that gave none. */
  readonly answered: number | 'timeout' | 'reset';
}

export interface StubLiveKitEvents {
  /** A request deleted the room. */
  'room-deleted': [StubRoom];
  /** Left by itself, removed, or with its room: the moment a SIP participant's leg ends. */
  'participant-left': [StubParticipant, StubRoom];
  'egress-ended': [StubEgress];
  /** Each request, once its answer is decided. */
  request: [StubLiveKitRequest];
}
