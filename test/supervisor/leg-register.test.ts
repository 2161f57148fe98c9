/** Which call a leg belongs to, as webhooks find it: what is written, and when the log is away. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import {
  carrierKey,
  MISSED_WEBHOOK,
  readLegEntry,
  roomNameKey,
  roomSidKey,
} from '../../src/contract/leg-entry.ts';
import type { Message } from '../../src/contract/message.ts';
import { MemoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import { LegRegister } from '../../src/supervisor/leg-register.ts';
import { quiet } from './fleet.ts';

function message(type: string, data: JsonObject, callId = 'c1'): Message {
  return { seq: 1, at: 0, gateway: 'gw1', callId, type, id: '1', data };
}

function world() {
  const clock = new ManualClock();
  const server = new MemoryServer({ clock });
  const log = new MemoryLog(server, 'n1');
  const legs = new LegRegister(log, clock);
  const state = { gateway: 'gw1', legs: {} as Record<string, { address: JsonObject }> };
  const register = {
    onInput: (verdict: string, read: Message | undefined) => legs.onInput(verdict, read, () => state),
    close: () => legs.close(),
  };
  const entry = (key: string) => {
    const stored = server.buckets.legs.get(key);
    return stored && readLegEntry(stored.value);
  };
  return { clock, server, legs, state, register, entry };
}

const STARTED = { provider: 'twilio', legs: { carrier: { callSid: 'CA1', accountSid: 'AC1' } } };

describe('the register of legs (log rule 23)', () => {
  it('knows lines by the carrier’s id and rooms by name and sid', async () => {
    const { register, entry } = world();
    const legs = { ...STARTED.legs, room: { name: 'a room.*>', sid: 'RM_1' }, agent: { legId: 'x/y z' } };
    register.onInput('applied', message('call.started', { ...STARTED, legs, policy: { mode: 'observe' } }));
    await quiet();
    const call = { callId: 'c1', gateway: 'gw1', mode: 'observe' };
    expect(entry(carrierKey('CA1'))).toEqual({ ...call, leg: 'carrier', accountSid: 'AC1' });
    expect(entry(carrierKey('x/y z'))).toEqual({ ...call, leg: 'agent' });
    for (const key of [roomNameKey('a room.*>'), roomSidKey('RM_1')]) {
      expect(entry(key)).toEqual({ ...call, leg: 'room', roomSid: 'RM_1' });
    }
  });

  it('learns a leg that is added later, also before its call starts', async () => {
    const { register, entry } = world();
    register.onInput('held', message('leg.added', { key: 'target', leg: { callSid: 'CA2' } }));
    await quiet();
    expect(entry(carrierKey('CA2'))).toEqual({ callId: 'c1', gateway: 'gw1', leg: 'target' });
  });

  it('keeps the younger call of a room name, and nothing of a message that was refused', async () => {
    const { register, entry, server } = world();
    const room = { provider: 'livekit', legs: { room: { name: 'support' } } };
    for (const callId of ['first', 'second'])
      register.onInput('applied', message('call.started', room, callId));
    for (const verdict of ['duplicate', 'late', 'invalid', 'unauthorised']) {
      register.onInput(verdict, message('call.started', STARTED, 'refused'));
    }
    register.onInput('invalid', undefined);
    await quiet();
    expect(entry(roomNameKey('support'))).toMatchObject({ callId: 'second' });
    expect(server.buckets.legs.keys()).toHaveLength(1);
  });

  it('writes what it could not write once the log is back', async () => {
    const { register, entry, server, clock } = world();
    server.setAvailable(false);
    for (let call = 0; call < 40; call += 1) {
      const legs = { carrier: { callSid: `CA${call}` } };
      register.onInput('applied', message('call.started', { provider: 'twilio', legs }, `c${call}`));
    }
    await quiet();
    server.setAvailable(true);
    clock.advance(1_000);
    await quiet();
    expect(server.buckets.legs.keys()).toHaveLength(40);
    expect(entry(carrierKey('CA39'))).toMatchObject({ callId: 'c39' });
  });

  it('writes nothing once closed', async () => {
    const { register, server } = world();
    await register.close();
    register.onInput('applied', message('call.started', STARTED));
    await quiet();
    expect(server.buckets.legs.keys()).toEqual([]);
  });

  it('learns the SIP legs of a room from the answer to its deletion (row 56)', async () => {
    const { register, entry, state } = world();
    state.legs = {
      room: { address: { name: 'r' } },
      carrier: { address: { callSid: 'CA7', accountSid: 'AC1' } },
    };
    const sip = [
      { identity: 'sip_1', callSid: 'CA7', accountSid: 'AC1' },
      { identity: 'sip_2', callSid: 'CA8' },
    ];
    register.onInput('applied', message('effect.settled', { outcome: { result: 'done', data: { sip } } }));
    await quiet();
    expect(entry(carrierKey('CA7'))).toEqual({
      callId: 'c1',
      gateway: 'gw1',
      leg: 'carrier',
      accountSid: 'AC1',
    });
    expect(entry(carrierKey('CA8'))).toBeUndefined();
  });

  it('tells of a leg whose webhook came before it and was given up, once', async () => {
    const { register, entry, server, legs } = world();
    const missed: string[] = [];
    legs.onMissed = ({ callId, leg }) => missed.push(`${callId} ${leg}`);
    server.buckets.legs.write(carrierKey('CA1'), MISSED_WEBHOOK);
    register.onInput('applied', message('call.started', STARTED));
    await quiet();
    register.onInput('applied', message('call.started', STARTED));
    await quiet();
    expect([entry(carrierKey('CA1'))?.callId, missed]).toEqual(['c1', ['c1 carrier']]);
  });
});
