/**
 * A LiveKit that runs in the test's process: rooms with participants and recordings behind the real
 * API's forms and token checks, and faults on demand. No media: join and leave are method calls.
 */
import { EventEmitter } from 'node:events';
import type { Clock } from '../../clock/clock.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { startStubServer } from '../stub-server/stub-server.ts';
import type { StubFault } from '../stub-server/stub-server.ts';
import type { StubLiveKitEvents, StubLiveKitMethod, StubLiveKitRequest } from './request.ts';
import { RoomStore } from './room-store.ts';
import type { StubRoomOptions } from './room-store.ts';
import type { StubEgress, StubParticipant, StubRoom } from './room.ts';
import { twirpApi } from './twirp-api.ts';

/** The credentials when none are given. */
export const STUB_LIVEKIT_CREDENTIALS = { apiKey: 'stub-api-key', apiSecret: 'stub-api-secret' } as const;

export interface StubLiveKitOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly apiKey?: string;
  readonly apiSecret?: string;
  /** How many requests are remembered at least; default 10 000, so that a benchmark does not grow. */
  readonly requestsMax?: number;
  readonly clock?: Clock;
}

export interface StubLiveKit {
  /** `http://127.0.0.1:<port>`; with `ws://` it serves as LIVEKIT_URL too. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** By name. */
  readonly rooms: ReadonlyMap<string, StubRoom>;
  /** By egress id. */
  readonly egress: ReadonlyMap<string, StubEgress>;
  /** SIP participants with `survivesRoom` whose room is gone. */
  readonly survivors: readonly StubParticipant[];
  readonly events: EventEmitter<StubLiveKitEvents>;
  /** Requests seen, oldest first. */
  requests(): readonly StubLiveKitRequest[];
  connectionCount(): number;
  addRoom(options: StubRoomOptions): StubRoom;
  /** False when there is no such room. */
  join(roomName: string, participant: StubParticipant): boolean;
  /** False when no such participant is there. */
  leave(roomName: string, identity: string): boolean;
  startEgress(egress: Omit<StubEgress, 'status'> & Partial<StubEgress>): void;
  /** The next requests of that method meet these faults, in this order. */
  failNext(method: StubLiveKitMethod, faults: readonly StubFault[]): void;
  close(): Promise<void>;
}

/** Loopback only. Remember to `close()`. */
export async function startStubLiveKit(options: StubLiveKitOptions = {}): Promise<StubLiveKit> {
  const { apiKey, apiSecret } = { ...STUB_LIVEKIT_CREDENTIALS, ...options };
  const { TokenVerifier } = await import('livekit-server-sdk');
  const verifier = new TokenVerifier(apiKey, apiSecret);
  const events = new EventEmitter<StubLiveKitEvents>();
  const clock = options.clock ?? systemClock;
  const store = new RoomStore(clock, events);
  const api = twirpApi({
    store,
    clock,
    events,
    requestsMax: options.requestsMax ?? 10_000,
    verify: async (token) => ({ ...(await verifier.verify(token)).video }),
  });
  const server = await startStubServer(options.port ?? 0, api.reply);
  return {
    url: server.url,
    apiKey,
    apiSecret,
    rooms: store.rooms,
    egress: store.egress,
    survivors: store.survivors,
    events,
    requests: api.requests,
    connectionCount: server.connectionCount,
    addRoom: (room) => store.add(room),
    join: (roomName, participant) => store.join(roomName, participant),
    leave: (roomName, identity) => store.leave(roomName, identity),
    startEgress: (egress) => store.startEgress(egress),
    failNext: api.failNext,
    close: server.close,
  };
}
