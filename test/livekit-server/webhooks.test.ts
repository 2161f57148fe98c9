/** A real LiveKit server tells our edge what happens in its rooms, with its own signature. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { roomNameKey, roomSidKey } from '../../src/contract/leg-entry.ts';
import { edge } from '../ingress/world.ts';
import type { Edge, Stored } from '../ingress/world.ts';
import { until } from '../system/until.ts';
import { join } from './caller.ts';
import { freePort, KEYS, livekitServer, startRealLiveKit, WITHOUT } from './real-livekit.ts';
import type { RealLiveKit } from './real-livekit.ts';

const binary = livekitServer() ?? '';

async function together(
  believed: { readonly apiKey: string; readonly apiSecret: string } = KEYS,
): Promise<{ readonly liveKit: RealLiveKit; readonly edge: Edge; readonly refused: () => number }> {
  let refused = 0;
  const onRefused = (): void => void (refused += 1);
  const made = await edge({ livekit: believed, onRefused });
  const webhook = `${made.url}/webhooks/livekit`;
  const liveKit = await startRealLiveKit(binary, { port: await freePort(), webhook });
  onTestFinished(() => liveKit.stop());
  return { liveKit, edge: made, refused: () => refused };
}

const told = ({ subject, data }: Stored): object => ({
  type: subject.split('.').slice(5).join('.'),
  ...data,
});

describe('webhooks of a real LiveKit server', () => {
  beforeEach(({ skip }) => skip(binary === '', WITHOUT));

  it('tell who joined, who left and why, and that the room is over', async () => {
    const { liveKit, edge: it } = await together();
    const { sid } = await liveKit.rooms.createRoom({ name: 'Room of Ann / 1' });
    await it.register(roomSidKey(sid), { callId: 'room-call', leg: 'room', roomSid: sid });
    const facts = (): object[] => it.events().map(told);
    const ann = await join(liveKit, 'Room of Ann / 1', 'ann');
    await until('ann is in', () => facts().length === 1);
    await ann.room.disconnect();
    await until('ann is told to be out', () => facts().length === 2);
    await join(liveKit, 'Room of Ann / 1', 'bob');
    await until('bob is in', () => facts().length === 3);
    await liveKit.rooms.deleteRoom('Room of Ann / 1');
    await until('the room is over', () => facts().length === 5);
    expect(facts().slice(0, 3)).toEqual([
      { type: 'participant.joined', identity: 'ann', kind: 'STANDARD' },
      { type: 'participant.left', identity: 'ann', kind: 'STANDARD', reason: 'CLIENT_INITIATED' },
      { type: 'participant.joined', identity: 'bob', kind: 'STANDARD' },
    ]);
    // Unordered hints (field rule 42).
    expect(facts().slice(3)).toEqual(
      expect.arrayContaining([
        { type: 'participant.left', identity: 'bob', kind: 'STANDARD', reason: 'ROOM_DELETED' },
        { type: 'room.finished' },
      ]),
    );
    expect(it.events().every(({ subject }) => subject.startsWith('onhook.v1.evt._ingress.room-call.'))).toBe(
      true,
    );
    expect(it.deadLetters()).toEqual([]);
  });

  it('are found by the name of the room where the gateway knows no sid', async () => {
    const { liveKit, edge: it } = await together();
    await it.register(roomNameKey('by-name'), { callId: 'named-call', leg: 'room' });
    await join(liveKit, 'by-name', 'ann');
    await until('ann is in', () => it.events().length === 1);
    expect(it.events().map(told)).toMatchObject([{ type: 'participant.joined', identity: 'ann' }]);
  });

  it('are refused when they are signed with a secret that is not ours (field rule 61)', async () => {
    const secret = 'another-secret-of-more-than-32-characters';
    const { liveKit, edge: it, refused } = await together({ apiKey: KEYS.apiKey, apiSecret: secret });
    await it.register(roomNameKey('forged'), { callId: 'forged-call', leg: 'room' });
    await join(liveKit, 'forged', 'ann');
    await until('the edge has refused', () => refused() > 0);
    expect([it.events(), it.deadLetters()]).toEqual([[], []]);
  });
});
