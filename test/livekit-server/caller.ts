/** Somebody in a room, through LiveKit's own client: what it hears, and that it is thrown out. */
import { AudioStream, Room, RoomEvent, TrackKind } from '@livekit/rtc-node';
import type { DisconnectReason, RemoteTrack } from '@livekit/rtc-node';
import { onTestFinished } from 'vitest';
import type { RealLiveKit } from './real-livekit.ts';

/** Louder than silence and than the codec's noise. */
const AUDIBLE = 1_000;

export interface Caller {
  readonly room: Room;
  /** Resolves with the reason for which the server ended the connection. */
  readonly disconnected: Promise<DisconnectReason>;
  /** Milliseconds of sound that were heard so far. */
  heardMs(): number;
}

/** Joins; leaves with the test at the latest. */
export async function join(
  liveKit: RealLiveKit,
  room: string,
  identity: string,
  url = liveKit.url,
): Promise<Caller> {
  const client = new Room();
  let heardMs = 0;
  const disconnected = new Promise<DisconnectReason>((resolve) =>
    client.once(RoomEvent.Disconnected, resolve),
  );
  client.on(RoomEvent.TrackSubscribed, (track) => {
    if (track.kind === TrackKind.KIND_AUDIO) void listen(track, (ms) => (heardMs += ms));
  });
  await client.connect(url, await liveKit.token(room, identity), { autoSubscribe: true, dynacast: false });
  onTestFinished(() => client.disconnect());
  return { room: client, disconnected, heardMs: () => heardMs };
}

async function listen(track: RemoteTrack, heard: (ms: number) => void): Promise<void> {
  for await (const frame of new AudioStream(track)) {
    const sounds = frame.data.some((sample) => Math.abs(sample) > AUDIBLE);
    if (sounds) heard((frame.samplesPerChannel / frame.sampleRate) * 1_000);
  }
}
