/** The LiveKit room service with the official SDK against a stub over HTTP. */
import { Cancellation } from '../../../src/carriers/cancellation.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/clock/manual-clock.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import type { RoomService } from '../../../src/carriers/carrier.ts';
import { CarrierConfigError } from '../../../src/carriers/config-error.ts';
import { httpUrl } from '../../../src/carriers/livekit/client.ts';
import { createLiveKitRooms } from '../../../src/carriers/livekit/rooms.ts';
import { startStubLiveKit } from '../../../src/testing/stub-livekit/stub-livekit.ts';
import type { StubLiveKit } from '../../../src/testing/stub-livekit/stub-livekit.ts';
import { attemptOptions } from '../attempt-options.ts';

const CREDENTIALS = { apiKey: 'key', apiSecret: 'very-secret' };
const SIP = {
  identity: 'sip_1',
  kind: 'SIP',
  attributes: { 'sip.twilio.callSid': 'CA1', 'sip.twilio.accountSid': 'AC1' },
} as const;

let stub: StubLiveKit;
let rooms: RoomService;

beforeEach(async () => {
  stub = await startStubLiveKit(CREDENTIALS);
  rooms = await createLiveKitRooms({ ...CREDENTIALS, url: stub.url.replace('http', 'ws') }, systemClock);
});

afterEach(async () => {
  await rooms.close();
  await stub.close();
});

const methods = () => stub.requests().map(({ method }) => method);

describe('deleting a room', () => {
  it('names the SIP participants that were in it (field rule 41)', async () => {
    stub.addRoom({
      name: 'r1',
      participants: [SIP, { identity: 'sip_2', kind: 'SIP' }, { identity: 'a', kind: 'AGENT' }],
    });
    expect(await rooms.deleteRoom({ name: 'r1' }, attemptOptions())).toEqual({
      result: 'done',
      data: { sip: [{ identity: 'sip_1', callSid: 'CA1', accountSid: 'AC1' }, { identity: 'sip_2' }] },
    });
    expect(stub.rooms.size).toBe(0);
    expect(methods()).toEqual(['ListParticipants', 'DeleteRoom']);
  });

  it('reads not_found as already gone (field rule 29)', async () => {
    const outcome = await rooms.deleteRoom({ name: 'r1' }, attemptOptions());
    expect(outcome).toMatchObject({ result: 'already-gone', code: 'livekit_not_found' });
  });

  it.each([{ status: 500 }, { status: 401 }, { html503: true }, { reset: true }] as const)(
    'goes on when the participants cannot be listed: %j',
    async (fault) => {
      stub.addRoom({ name: 'r1', participants: [SIP] });
      stub.failNext('ListParticipants', [fault]);
      expect(await rooms.deleteRoom({ name: 'r1' }, attemptOptions())).toEqual({ result: 'done' });
    },
  );

  it('goes on after a third of the attempt when the list hangs', async () => {
    const clock = new ManualClock();
    const timed = await createLiveKitRooms({ ...CREDENTIALS, url: stub.url }, clock);
    stub.addRoom({ name: 'r1', participants: [SIP] });
    stub.failNext('ListParticipants', [{ timeout: true }]);
    const arrived = new Promise((resolve) => stub.events.once('request', resolve));
    const outcome = timed.deleteRoom({ name: 'r1' }, attemptOptions({ timeoutMs: 3_000 }));
    await arrived;
    clock.advance(1_000);
    expect(await outcome).toEqual({ result: 'done' });
  });

  it('sends no deletion when it was given up during the list', async () => {
    stub.addRoom({ name: 'r1' });
    stub.failNext('ListParticipants', [{ timeout: true }]);
    const cancellation = new Cancellation();
    const arrived = new Promise((resolve) => stub.events.once('request', resolve));
    const outcome = rooms.deleteRoom({ name: 'r1' }, attemptOptions({ cancellation }));
    await arrived;
    cancellation.cancel();
    expect(await outcome).toMatchObject({ result: 'retry', code: 'aborted' });
    expect(await rooms.ask({ name: 'r1' }, attemptOptions())).toMatchObject({ result: 'live' });
    expect(methods()).not.toContain('DeleteRoom');
  });

  it('leaves another room of the same name alone (field rule 42)', async () => {
    stub.addRoom({ name: 'r1', sid: 'RM_new' });
    const outcome = await rooms.deleteRoom({ name: 'r1', sid: 'RM_old' }, attemptOptions());
    expect(outcome).toMatchObject({ result: 'already-gone', code: 'livekit_other_room' });
    expect(stub.rooms.has('r1')).toBe(true);
    expect(await rooms.deleteRoom({ name: 'r1', sid: 'RM_new' }, attemptOptions())).toMatchObject({
      result: 'done',
    });
  });

  it('ends at its time-out, although the request has acted', async () => {
    const clock = new ManualClock();
    const timed = await createLiveKitRooms({ ...CREDENTIALS, url: stub.url }, clock);
    stub.addRoom({ name: 'r1' });
    stub.failNext('DeleteRoom', [{ timeout: true, afterActing: true }]);
    const deleted = new Promise((resolve) => stub.events.once('room-deleted', resolve));
    const outcome = timed.deleteRoom({ name: 'r1' }, attemptOptions({ timeoutMs: 5_000 }));
    await deleted;
    clock.advance(5_000);
    expect(await outcome).toMatchObject({ result: 'retry', code: 'timeout' });
  });

  it.each([
    [{ status: 401 }, { result: 'fatal', code: 'livekit_unauthenticated' }],
    [{ status: 403 }, { result: 'fatal', code: 'livekit_permission_denied' }],
    [{ status: 400 }, { result: 'fatal', code: 'livekit_invalid_argument' }],
    [
      { status: 404, code: 'bad_route' },
      { result: 'fatal', code: 'livekit_bad_route' },
    ],
    [
      { status: 418, code: 'teapot' },
      { result: 'fatal', code: 'livekit_teapot' },
    ],
    [{ status: 408 }, { result: 'retry', code: 'livekit_deadline_exceeded' }],
    [{ status: 429 }, { result: 'retry', code: 'livekit_resource_exhausted' }],
    [{ status: 500 }, { result: 'retry', code: 'livekit_internal' }],
    [{ status: 503 }, { result: 'retry', code: 'livekit_unavailable' }],
    [{ html503: true }, { result: 'retry', code: 'http_503' }],
    [{ reset: true }, { result: 'retry', code: 'reset' }],
  ] as const)('%j becomes %j, with exactly one request', async (fault, outcome) => {
    stub.addRoom({ name: 'r1' });
    stub.failNext('DeleteRoom', [fault]);
    expect(await rooms.deleteRoom({ name: 'r1' }, attemptOptions())).toMatchObject(outcome);
    expect(methods()).toEqual(['ListParticipants', 'DeleteRoom']);
    expect(stub.rooms.has('r1')).toBe(true);
  });
});

describe('asking', () => {
  it('counts the participants of a live room', async () => {
    stub.addRoom({ name: 'r1', participants: [SIP, { identity: 'a' }] });
    const outcome = await rooms.ask({ name: 'r1' }, attemptOptions());
    expect(outcome).toEqual({ result: 'live', data: { participants: 2 } });
  });

  it('stays live without a count when the participants cannot be listed', async () => {
    stub.addRoom({ name: 'r1' });
    stub.failNext('ListParticipants', [{ status: 500 }]);
    expect(await rooms.ask({ name: 'r1' }, attemptOptions())).toEqual({ result: 'live' });
  });

  it('says already gone for no room, and for another room of that name', async () => {
    expect(await rooms.ask({ name: 'r1' }, attemptOptions())).toMatchObject({ code: 'livekit_not_found' });
    stub.addRoom({ name: 'r1', sid: 'RM_new' });
    const outcome = await rooms.ask({ name: 'r1', sid: 'RM_old' }, attemptOptions());
    expect(outcome).toMatchObject({ result: 'already-gone', code: 'livekit_other_room' });
  });

  it('retries when the room list fails, whatever the participants say', async () => {
    stub.failNext('ListRooms', [{ status: 503 }]);
    expect(await rooms.ask({ name: 'r1' }, attemptOptions())).toMatchObject({ result: 'retry' });
  });
});

describe('stopping the recordings of a room (field rule 59, row 55)', () => {
  it('stops each active one of this room only', async () => {
    for (const [egressId, roomName] of [
      ['EG_1', 'r1'],
      ['EG_2', 'r1'],
      ['EG_3', 'r2'],
    ] as const) {
      stub.startEgress({ egressId, roomName });
    }
    stub.startEgress({ egressId: 'EG_4', roomName: 'r1', status: 'EGRESS_COMPLETE' });
    expect(await rooms.stopEgress({ name: 'r1' }, attemptOptions())).toEqual({
      result: 'done',
      data: { stopped: 2 },
    });
    expect(stub.egress.get('EG_3')?.status).toBe('EGRESS_ACTIVE');
  });

  it('says already gone when nothing is recorded, or it ended just before', async () => {
    expect(await rooms.stopEgress({ name: 'r1' }, attemptOptions())).toEqual({ result: 'already-gone' });
    stub.startEgress({ egressId: 'EG_1', roomName: 'r1' });
    stub.failNext('StopEgress', [{ status: 412 }]);
    expect((await rooms.stopEgress({ name: 'r1' }, attemptOptions())).result).toBe('already-gone');
  });

  it('stops the others when one fails, and says so', async () => {
    stub.startEgress({ egressId: 'EG_1', roomName: 'r1' });
    stub.startEgress({ egressId: 'EG_2', roomName: 'r1' });
    stub.failNext('StopEgress', [{ status: 503 }]);
    const outcome = await rooms.stopEgress({ name: 'r1' }, attemptOptions());
    expect(outcome).toMatchObject({ result: 'retry', code: 'livekit_unavailable', data: { stopped: 1 } });
  });
});

describe('configuration', () => {
  it.each([
    ['wss://x.livekit.cloud', 'https://x.livekit.cloud'],
    ['ws://127.0.0.1:7880', 'http://127.0.0.1:7880'],
    ['https://x.example', 'https://x.example'],
  ])('%s is spoken to as %s', (given, expected) => {
    expect(httpUrl(given)).toBe(expected);
  });

  it.each([
    [{ ...CREDENTIALS, url: 'x.livekit.cloud' }, 'LIVEKIT_URL'],
    [{ ...CREDENTIALS, url: 'wss://' }, 'LIVEKIT_URL'],
    [{ url: 'wss://x', apiKey: 'key', apiSecret: '' }, 'LIVEKIT_API_SECRET'],
  ])('half given is refused at start by name (field rule 23): %#', async (config, words) => {
    const error: unknown = await createLiveKitRooms(config, systemClock).catch((reason) => reason);
    expect(error).toBeInstanceOf(CarrierConfigError);
    expect(String(error)).toContain(words);
  });

  it('a wrong secret is fatal and appears in no outcome', async () => {
    const wrong = await createLiveKitRooms(
      { url: stub.url, apiKey: 'key', apiSecret: 'wrong-secret' },
      systemClock,
    );
    const outcome = await wrong.deleteRoom({ name: 'r1' }, attemptOptions());
    expect(outcome).toMatchObject({ result: 'fatal', code: 'http_401' });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  it.each([{}, { name: '' }, { name: 7 }, { name: 'x'.repeat(300) }])(
    'the room %j is refused',
    async (room) => {
      expect(rooms.refuses(room)).toContain('room name');
      expect(await rooms.deleteRoom(room, attemptOptions())).toMatchObject({
        result: 'fatal',
        code: 'leg_invalid',
      });
    },
  );
});
