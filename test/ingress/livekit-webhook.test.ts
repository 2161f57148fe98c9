/** LiveKit's webhooks at the edge: who is believed, which events matter, and which room is meant. */
import * as fc from 'fast-check';
import { AccessToken } from 'livekit-server-sdk';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { roomNameKey, roomSidKey } from '../../src/contract/leg-entry.ts';
import { STUB_LIVEKIT_CREDENTIALS } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { edge, postLiveKit } from './world.ts';
import type { Edge, EdgeChanges } from './world.ts';

const ROOM = { name: 'Room of Ann Example / 1', sid: 'RM_one' };

function left(changes: JsonObject = {}): JsonObject {
  return {
    event: 'participant_left',
    id: 'EV_1',
    createdAt: '1700000000',
    room: { ...ROOM },
    participant: { identity: 'sip_ann', kind: 'SIP', disconnectReason: 'CLIENT_INITIATED' },
    ...changes,
  };
}

async function edgeWithRoom(changes: EdgeChanges = {}): Promise<Edge> {
  const made = await edge(changes);
  await made.register(roomNameKey(ROOM.name), { callId: 'room-call', leg: 'room' });
  return made;
}

describe('a signed LiveKit webhook', () => {
  it('tells who left and why, who joined, and that the room is over', async () => {
    const { url, events } = await edgeWithRoom();
    const joined = { event: 'participant_joined', id: 'EV_0', participant: { identity: 'bot', kind: 4 } };
    expect((await postLiveKit(url, left(joined))).status).toBe(200);
    expect((await postLiveKit(url, left())).status).toBe(200);
    expect((await postLiveKit(url, left({ event: 'room_finished', id: 'EV_2' }))).status).toBe(200);
    const subject = 'onhook.v1.evt._ingress.room-call';
    expect(events()).toEqual([
      { subject: `${subject}.participant.joined`, data: { identity: 'bot', kind: 'AGENT' } },
      {
        subject: `${subject}.participant.left`,
        data: { identity: 'sip_ann', kind: 'SIP', reason: 'CLIENT_INITIATED' },
      },
      { subject: `${subject}.room.finished`, data: {} },
    ]);
  });

  it('is stored once however often it comes (field rules 42, 56)', async () => {
    const { url, events } = await edgeWithRoom();
    for (let time = 0; time < 3; time += 1) expect((await postLiveKit(url, left())).status).toBe(200);
    expect(events()).toHaveLength(1);
  });

  it('is answered with success and ignored when it is of another kind', async () => {
    const { url, events } = await edge();
    for (const event of ['room_started', 'track_published', 'egress_ended', 'agent_job_ended', 'new_thing']) {
      expect((await postLiveKit(url, left({ event }))).status).toBe(200);
    }
    expect(events()).toEqual([]);
  });

  it('finds the room by its sid first, since a name may be used again (field rule 42)', async () => {
    const { url, events, register } = await edgeWithRoom();
    await register(roomSidKey('RM_one'), { callId: 'first-call', leg: 'room', roomSid: 'RM_one' });
    expect((await postLiveKit(url, left())).status).toBe(200);
    expect(events()).toMatchObject([{ subject: 'onhook.v1.evt._ingress.first-call.participant.left' }]);
  });

  /** Until it is answered: the edge holds it for ten seconds of its clock. */
  const held = async (clock: ManualClock, url: string): Promise<number> => {
    let status = 0;
    const answered = postLiveKit(url, left()).then((response) => (status = response.status));
    while (status === 0) {
      clock.advance(100);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await answered;
    return status;
  };

  it('says nothing about a younger room of the same name', async () => {
    const clock = new ManualClock();
    const { url, events, register } = await edge({ clock });
    await register(roomNameKey(ROOM.name), { callId: 'second-call', leg: 'room', roomSid: 'RM_two' });
    expect([await held(clock, url), events()]).toEqual([200, []]);
  });

  it('about a room of others on a shared server is counted, and is no dead letter', async () => {
    const clock = new ManualClock();
    let foreign = 0;
    const { url, events, deadLetters } = await edge({ clock, onForeignRoom: () => (foreign += 1) });
    expect([await held(clock, url), events(), deadLetters(), foreign]).toEqual([200, [], [], 1]);
  });
});

describe('a LiveKit webhook that is not to be believed (field rule 61)', () => {
  it.each<[string, (it: Edge) => Promise<Response>]>([
    ['signed with another secret', ({ url }) => postLiveKit(url, left(), 'guess')],
    [
      'unsigned',
      ({ url }) => fetch(`${url}/webhooks/livekit`, { method: 'POST', body: JSON.stringify(left()) }),
    ],
    [
      'with the signature of another body',
      async ({ url }) => {
        const token = new AccessToken(STUB_LIVEKIT_CREDENTIALS.apiKey, STUB_LIVEKIT_CREDENTIALS.apiSecret);
        token.sha256 = Buffer.alloc(32).toString('base64');
        const headers = { authorization: await token.toJwt() };
        return fetch(`${url}/webhooks/livekit`, { method: 'POST', headers, body: JSON.stringify(left()) });
      },
    ],
    ['signed, and no event', ({ url }) => postLiveKit(url, 'no json')],
    ['signed an hour ago, for five minutes', ({ url }) => postLiveKit(url, left(), undefined, '-55m')],
  ])('is refused with 403 and changes nothing: %s', async (_name, post) => {
    const made = await edgeWithRoom();
    expect((await post(made)).status).toBe(403);
    expect([made.events(), made.deadLetters()]).toEqual([[], []]);
  });

  it('is refused when LiveKit is not configured', async () => {
    const { url } = await edge({ livekit: undefined });
    expect((await postLiveKit(url, left())).status).toBe(403);
  });

  it('is refused with 413 above 64 KiB', async () => {
    const { url } = await edgeWithRoom();
    expect((await postLiveKit(url, left({ padding: 'x'.repeat(70_000) }))).status).toBe(413);
  });

  it('is never answered with 500, whatever its body', async () => {
    const { url } = await edgeWithRoom();
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('participant_left', 'sip_ann', 'SIP', 7));
    const event = fc.record({
      event: odd,
      id: odd,
      participant: fc.oneof(odd, fc.record({ identity: odd, kind: odd })),
    });
    await fc.assert(
      fc.asyncProperty(event, async (fields) => {
        const response = await postLiveKit(url, left(fields as JsonObject));
        expect(response.status).toBeOneOf([200, 400, 403]);
      }),
      { numRuns: 150 },
    );
  });
});
