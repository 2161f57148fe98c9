/** Which providers a process has. */
import { expect, it } from 'vitest';
import type { Carrier } from '../../src/carriers/carrier.ts';
import { createCarriers } from '../../src/carriers/registry.ts';
import { systemClock } from '../../src/clock/system-clock.ts';

const TWILIO = { accounts: [{ accountSid: 'AC1', authToken: 'token' }] };
const LIVEKIT = { url: 'ws://127.0.0.1:7880', apiKey: 'key', apiSecret: 'secret' };

const own = (close: () => Promise<void>): Carrier => ({
  provider: 'own',
  refuses: () => undefined,
  hangUp: () => Promise.resolve({ result: 'done' }),
  ask: () => Promise.resolve({ result: 'done' }),
  close,
});

it('are those that are configured, by name', async () => {
  const none = await createCarriers({}, systemClock);
  expect([none.carriers.size, none.rooms.size]).toEqual([0, 0]);
  const both = await createCarriers({ twilio: TWILIO, livekit: LIVEKIT }, systemClock);
  expect([...both.carriers.keys(), ...both.rooms.keys()]).toEqual(['twilio', 'livekit']);
  await both.close();
});

it('take those of the composition root too, and close all although one fails', async () => {
  let closed = 0;
  const failing = own(() => Promise.reject(new Error('cannot close')));
  const counting = { ...own(async () => void (closed += 1)), provider: 'other' };
  const carriers = await createCarriers({ twilio: TWILIO }, systemClock, [failing, counting]);
  expect([...carriers.carriers.keys()]).toEqual(['own', 'other', 'twilio']);
  await carriers.close();
  expect(closed).toBe(1);
});

it('refuse to start half configured (field rule 23)', async () => {
  await expect(createCarriers({ twilio: { accounts: [] } }, systemClock)).rejects.toMatchObject({
    code: 'carrier_config',
    provider: 'twilio',
  });
});
