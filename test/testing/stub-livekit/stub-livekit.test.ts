/** The stub LiveKit, seen through the official server SDK. */
import { EgressClient, RoomServiceClient } from 'livekit-server-sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startStubLiveKit } from '../../../src/testing/stub-livekit/stub-livekit.ts';
import type { StubLiveKit } from '../../../src/testing/stub-livekit/stub-livekit.ts';

let stub: StubLiveKit;

beforeEach(async () => {
  stub = await startStubLiveKit();
});

afterEach(() => stub.close());

const rooms = (secret = stub.apiSecret) => new RoomServiceClient(stub.url, stub.apiKey, secret);

it('creates, lists and deletes rooms', async () => {
  await rooms().createRoom({ name: 'r1' });
  stub.addRoom({ name: 'r2', sid: 'RM_2' });
  expect((await rooms().listRooms()).map(({ name }) => name)).toEqual(['r1', 'r2']);
  expect(await rooms().listRooms(['r2'])).toMatchObject([{ name: 'r2', sid: 'RM_2' }]);
  await rooms().deleteRoom('r2');
  await expect(rooms().deleteRoom('r2')).rejects.toMatchObject({
    status: 404,
    code: 'not_found',
    message: 'twirp error unknown: requested room does not exist',
  });
});

it('shows participants with kind and attributes, and lets them be removed', async () => {
  const left: string[] = [];
  stub.events.on('participant-left', ({ identity }) => left.push(identity));
  stub.addRoom({ name: 'r1' });
  stub.join('r1', { identity: 'sip_1', kind: 'SIP', attributes: { 'sip.twilio.callSid': 'CA1' } });
  const [participant] = await rooms().listParticipants('r1');
  expect(participant).toMatchObject({
    identity: 'sip_1',
    kind: 3,
    attributes: { 'sip.twilio.callSid': 'CA1' },
  });
  await rooms().removeParticipant('r1', 'sip_1');
  await expect(rooms().removeParticipant('r1', 'sip_1')).rejects.toMatchObject({ code: 'not_found' });
  expect(left).toEqual(['sip_1']);
});

it('refuses a token of another secret, and one without the grant', async () => {
  stub.addRoom({ name: 'r1' });
  await expect(rooms('wrong').deleteRoom('r1')).rejects.toMatchObject({ status: 401 });
  const token = await listOnlyToken();
  const body = JSON.stringify({ room: 'r1' });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${stub.url}/twirp/livekit.RoomService/DeleteRoom`, {
    method: 'POST',
    headers,
    body,
  });
  expect([response.status, await response.json()]).toEqual([
    401,
    { code: 'unauthenticated', msg: 'permissions denied' },
  ]);
  expect(stub.rooms.has('r1')).toBe(true);
});

async function listOnlyToken(): Promise<string> {
  const { AccessToken } = await import('livekit-server-sdk');
  const token = new AccessToken(stub.apiKey, stub.apiSecret);
  token.addGrant({ roomList: true });
  return token.toJwt();
}

it('keeps a SIP leg that survives its room, when asked to (row 56)', async () => {
  stub.addRoom({
    name: 'r1',
    participants: [
      { identity: 'sip_1', kind: 'SIP', survivesRoom: true },
      { identity: 'agent', kind: 'AGENT' },
    ],
  });
  await rooms().deleteRoom('r1');
  expect(stub.survivors).toMatchObject([{ identity: 'sip_1' }]);
});

it('stops recordings, and refuses to stop one that has ended', async () => {
  stub.addRoom({ name: 'r1' });
  stub.startEgress({ egressId: 'EG_1', roomName: 'r1' });
  const egress = new EgressClient(stub.url, stub.apiKey, stub.apiSecret);
  expect(await egress.listEgress({ roomName: 'r1', active: true })).toMatchObject([
    { egressId: 'EG_1', status: 1 },
  ]);
  await egress.stopEgress('EG_1');
  expect(await egress.listEgress({ roomName: 'r1', active: true })).toEqual([]);
  await expect(egress.stopEgress('EG_1')).rejects.toMatchObject({ status: 412, code: 'failed_precondition' });
});
