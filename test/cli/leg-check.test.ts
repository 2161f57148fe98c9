/** A leg that could not be hung up is told of when the call names it (field rule 23). */
import { expect, it } from 'vitest';
import { checkLegs } from '../../src/cli/serve/leg-check.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Message } from '../../src/contract/message.ts';
import { connectLog } from '../../src/log/nats/index.ts';
import { natsOptions } from '../log/nats-under-test.ts';
import { startNodeWorld } from './node-world.ts';

const needsAccount = {
  refuses: (leg: JsonObject) => (leg['account'] === undefined ? 'account is needed' : undefined),
};
const needsName = {
  refuses: (leg: JsonObject) => (leg['name'] === undefined ? 'name is needed' : undefined),
};

function alarms(
  verdict: string,
  message: Pick<Message, 'type' | 'data'> | undefined,
  legs: object,
): JsonObject[] {
  const told: JsonObject[] = [];
  const options = {
    carriers: new Map([['plivo', needsAccount]]),
    rooms: new Map([['livekit', needsName]]),
    onAlarm: (code: string, data: JsonObject) => void told.push({ code, ...data }),
  };
  const full = message && ({ callId: 'c1', ...message } as Message);
  checkLegs(options, verdict, full, () => ({
    legs: legs as Record<string, { provider: string; address: object }>,
  }));
  return told;
}

const STARTED = { type: 'call.started', data: {} };
const LEGS = {
  carrier: { provider: 'plivo', address: { legId: 'u1' } },
  room: { provider: 'livekit', address: { name: 'r1' } },
  session: { provider: 'gateway', address: {} },
};

it('by the provider of each leg, and only what it refuses', () => {
  const about = { code: 'leg_unaddressable', callId: 'c1' };
  expect(alarms('applied', STARTED, LEGS)).toEqual([
    { ...about, leg: 'carrier', provider: 'plivo', detail: 'account is needed' },
  ]);
  const added = { type: 'leg.added', data: { key: 'room' } };
  const nameless = { ...LEGS, room: { provider: 'livekit', address: {} } };
  expect(alarms('applied', added, nameless)).toMatchObject([{ leg: 'room', detail: 'name is needed' }]);
});

it('not by other messages, nor by one that was not taken', () => {
  expect(alarms('duplicate', STARTED, LEGS)).toEqual([]);
  expect(alarms('applied', { type: 'mark.echoed', data: {} }, LEGS)).toEqual([]);
  expect(alarms('applied', undefined, LEGS)).toEqual([]);
});

it('on a real node: a call of an account that is not configured', async () => {
  const world = await startNodeWorld();
  try {
    const node = await world.serve();
    const sid = `CA${'f'.repeat(32)}`;
    const legs = { carrier: { callSid: sid, accountSid: 'ACelsewhere' } };
    const log = await connectLog(natsOptions(world.server.url));
    const subject = `onhook.v1.evt.gw1.${sid}.call.started`;
    await log.append('log', { subject, data: Buffer.from(JSON.stringify({ provider: 'twilio', legs })) });
    await log.close();
    const told = await world.until('the alarm', async () => {
      const { alarms: all } = (await (await fetch(`${node.admin}/api/stats`)).json()) as {
        alarms: { code: string; data: JsonObject }[];
      };
      return all.find(({ code }) => code === 'leg_unaddressable');
    });
    expect(told.data).toMatchObject({
      callId: sid,
      detail: expect.stringMatching(/names no configured Twilio/) as string,
    });
  } finally {
    await world.stop();
  }
}, 60_000);
