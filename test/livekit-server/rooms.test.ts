/** The LiveKit adapter against a real LiveKit server, with LiveKit's own client in the room. */
import { Cancellation } from '../../src/carriers/cancellation.ts';
import { DisconnectReason } from '@livekit/rtc-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RoomService } from '../../src/carriers/carrier.ts';
import { createLiveKitRooms } from '../../src/carriers/livekit/rooms.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { join } from './caller.ts';
import { freePort, KEYS, livekitServer, startRealLiveKit, WITHOUT } from './real-livekit.ts';
import type { RealLiveKit } from './real-livekit.ts';

const binary = livekitServer();
const BOUNDS = { cancellation: new Cancellation(), timeoutMs: 5_000, idempotencyKey: 'call-1/room' };

describe('a real LiveKit server', () => {
  let liveKit: RealLiveKit;
  let rooms: RoomService;

  beforeAll(async () => {
    if (binary === undefined) return;
    liveKit = await startRealLiveKit(binary, { port: await freePort() });
    rooms = await createLiveKitRooms({ url: liveKit.url, ...KEYS }, systemClock);
  });
  afterAll(async () => {
    if (binary !== undefined) await liveKit.stop();
  });
  beforeEach(({ skip }) => skip(binary === undefined, WITHOUT));

  const names = async (): Promise<string[]> => (await liveKit.rooms.listRooms()).map(({ name }) => name);

  it('deletes a room: who was in it is thrown out and reads why, and the room is in no list', async () => {
    const caller = await join(liveKit, 'deleted', 'ann');
    expect((await liveKit.rooms.listParticipants('deleted')).map(({ identity }) => identity)).toEqual([
      'ann',
    ]);
    expect(await rooms.deleteRoom({ name: 'deleted' }, BOUNDS)).toMatchObject({ result: 'done' });
    expect(await caller.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    expect(await names()).not.toContain('deleted');
  });

  it('has deleted what is not there: a success (field rule 29)', async () => {
    await liveKit.rooms.createRoom({ name: 'twice' });
    expect((await rooms.deleteRoom({ name: 'twice' }, BOUNDS)).result).toBe('done');
    expect(await rooms.deleteRoom({ name: 'twice' }, BOUNDS)).toMatchObject({
      result: 'already-gone',
      code: 'livekit_not_found',
    });
  });

  it('says who is in a room, and that it is gone', async () => {
    await join(liveKit, 'asked', 'ann');
    expect(await rooms.ask({ name: 'asked' }, BOUNDS)).toEqual({ result: 'live', data: { participants: 1 } });
    await rooms.deleteRoom({ name: 'asked' }, BOUNDS);
    expect((await rooms.ask({ name: 'asked' }, BOUNDS)).result).toBe('already-gone');
  });

  it('keeps the newer room of the same name (field rule 42)', async () => {
    const elder = await liveKit.rooms.createRoom({ name: 'again' });
    await liveKit.rooms.deleteRoom('again');
    const newer = await liveKit.rooms.createRoom({ name: 'again' });
    expect(newer.sid).not.toBe(elder.sid);
    const outcome = await rooms.deleteRoom({ name: 'again', sid: elder.sid }, BOUNDS);
    expect(outcome).toMatchObject({ result: 'already-gone', code: 'livekit_other_room' });
    expect(await names()).toContain('again');
    expect((await rooms.deleteRoom({ name: 'again', sid: newer.sid }, BOUNDS)).result).toBe('done');
  });

  it('refuses a wrong secret for good, and the token that it quotes goes nowhere', async () => {
    const guessing = await createLiveKitRooms(
      { url: liveKit.url, apiKey: KEYS.apiKey, apiSecret: 'a-guess-of-more-than-32-characters-long' },
      systemClock,
    );
    await liveKit.rooms.createRoom({ name: 'kept' });
    const outcome = await guessing.deleteRoom({ name: 'kept' }, BOUNDS);
    expect(outcome.result).toBe('fatal');
    expect(JSON.stringify(outcome)).not.toContain('eyJ');
    expect(await names()).toContain('kept');
  });
});
