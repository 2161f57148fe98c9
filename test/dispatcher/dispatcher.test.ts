/** What each effect sends, and what comes of it: stub providers over HTTP, the memory log, a small gateway. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Effect } from '../../src/contract/effect.ts';
import { eventually, text } from '../log/eventually.ts';
import { command, effect, functionRun, hangUp, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
const requested: Effect[] = [];

beforeEach(async () => {
  requested.length = 0;
  world = await startWorld({ onRequest: (sent) => requested.push(sent) });
});
afterEach(() => world.close());

async function outcomeOf(asked: Effect) {
  world.dispatcher.dispatch(asked);
  await eventually(`${asked.kind} settles`, () => world.owner.outcomeOf(asked) !== undefined);
  return world.owner.outcomeOf(asked);
}

const room = { leg: 'room', provider: 'livekit', address: { name: 'r1' } };

describe('each kind of effect', () => {
  it('hangs a leg up at its carrier', async () => {
    world.twilio.addCall({ sid: 'CA1' });
    expect(await outcomeOf(hangUp('CA1'))).toEqual({ result: 'done', status: 'completed' });
  });

  it('tells the carrier that the far end has not answered (field rule 48)', async () => {
    world.twilio.addCall({ sid: 'CA1', status: 'ringing' });
    const payload = { leg: 'carrier', provider: 'twilio', address: { callSid: 'CA1' }, unanswered: true };
    await outcomeOf(effect('hang-up-leg', payload));
    expect(world.twilio.requests()[0]?.form).toEqual({ Status: 'canceled' });
  });

  it('asks the carrier of a telephone leg, and the room service of a room', async () => {
    world.twilio.addCall({ sid: 'CA1' });
    world.livekit.addRoom({ name: 'r1', participants: [] });
    const payload = { leg: 'carrier', provider: 'twilio', address: { callSid: 'CA1' }, children: true };
    expect(await outcomeOf(effect('ask-leg', payload))).toMatchObject({
      result: 'live',
      data: { children: 0 },
    });
    expect(await outcomeOf(effect('ask-leg', room))).toEqual({ result: 'live', data: { participants: 0 } });
  });

  it('deletes a room, and stops its recordings', async () => {
    world.livekit.addRoom({ name: 'r1', participants: [] });
    expect(await outcomeOf(effect('stop-egress', room))).toMatchObject({ result: 'already-gone' });
    expect(await outcomeOf(effect('delete-room', room))).toMatchObject({ result: 'done' });
    expect(world.livekit.rooms.size).toBe(0);
  });

  it('sends a command with its effect id and position (log rule 33)', async () => {
    const asked = effect('command', { verb: 'mark', body: { name: 'm1', seq: 'not ours' } });
    expect(await outcomeOf(asked)).toEqual({ result: 'done' });
    expect(world.gateway.received).toEqual([
      { subject: 'gw1.CA1.mark', body: { name: 'm1', effectId: asked.effectId, era: 2, seq: 40 } },
    ]);
  });

  it('runs an end function with its idempotency key and attempt (invariant 9)', async () => {
    const asked = functionRun('crm', { attempt: 3 });
    expect(await outcomeOf(asked)).toEqual({ result: 'done' });
    expect(world.endFunctions.inputs).toEqual([
      {
        call: { callId: 'CA1' },
        state: {},
        transcript: [],
        idempotencyKey: asked.idempotencyKey,
        attempt: 3,
      },
    ]);
  });

  it('appends a dead letter once, however often it is asked', async () => {
    const asked = effect('publish-dead-letter', { deadLetter: 'function', letter: { name: 'crm' } });
    expect(await outcomeOf(asked)).toEqual({ result: 'done', data: { deadLetterSeq: 1 } });
    world.dispatcher.dispatch({ ...asked, attempt: 2 });
    await eventually('it settles again', () => world.owner.settled.length === 2);
    const stored = await world.log.list('deadLetters', 'onhook.v1.dead.>', 10);
    expect(stored.map(({ subject, data }) => [subject, text(data)])).toEqual([
      ['onhook.v1.dead.function.CA1', '{"name":"crm"}'],
    ]);
  });

  it('leaves a permission to the owner', async () => {
    world.dispatcher.dispatch(effect('permit-unattended', command('close').payload));
    expect(world.dispatcher.stats()).toEqual({ waiting: 0, inFlight: 0, silenced: 0 });
  });

  it.each([
    ['provider_missing', { leg: 'carrier', provider: 'acme', address: { callSid: 'CA1' } }],
    ['leg_invalid', { leg: 'carrier', provider: 'twilio', address: { callSid: '../CA2' } }],
    ['bad_payload', command('close').payload],
  ])('settles what cannot be attempted as fatal: %s', async (code, payload) => {
    const asked = effect('hang-up-leg', payload);
    expect(await outcomeOf(asked)).toMatchObject({ result: 'fatal', code });
    expect([world.asked(), requested]).toEqual([[], []]);
  });

  it('settles a defect as retry, and keeps what the error says to our log', async () => {
    const outcome = await outcomeOf(functionRun('throws'));
    expect(outcome).toMatchObject({ result: 'retry', code: 'internal' });
    expect(JSON.stringify(outcome)).not.toContain('secret');
    expect(world.defects).toHaveLength(1);
  });

  it('says when the log is away', async () => {
    world.log.setReachable(false);
    const asked = effect('publish-dead-letter', { deadLetter: 'leg', letter: {} });
    expect(await outcomeOf(asked)).toMatchObject({ result: 'retry', code: 'log_unavailable' });
  });
});

describe('one attempt', () => {
  it('starts a hangup in the tick in which it is dispatched, and settles in none', () => {
    world.twilio.addCall({ sid: 'CA1' });
    const asked = hangUp('CA1');
    world.dispatcher.dispatch(asked);
    expect([requested, world.owner.settled]).toEqual([[asked], []]);
  });

  it('is the only one in flight of its effect id (invariant 6, field rule 30)', async () => {
    world.twilio.addCall({ sid: 'CA1', hangupLag: 'never' });
    const asked = hangUp('CA1');
    for (let again = 0; again < 5; again += 1) world.dispatcher.dispatch(asked);
    await eventually('it settles', () => world.owner.settled.length > 0);
    await world.dispatcher.drain(1_000);
    expect([world.asked(), world.owner.settled.length]).toEqual([['CA1'], 1]);
  });

  it('is followed by a newer one that was asked for meanwhile, unless it proved the end', async () => {
    world.twilio.addCall({ sid: 'CA1' });
    world.twilio.addCall({ sid: 'CA2' });
    world.twilio.failNext('CA1', [{ status: 500 }]);
    for (const asked of [hangUp('CA1'), hangUp('CA2')]) {
      world.dispatcher.dispatch(asked);
      world.dispatcher.dispatch({ ...asked, attempt: 2 });
    }
    await eventually('both calls ended', () => world.owner.settled.length === 3);
    await world.dispatcher.drain(1_000);
    expect(world.asked().filter((sid) => sid === 'CA1')).toHaveLength(2);
    expect(world.asked()).toHaveLength(3);
  });
});

describe('a fenced owner (log rule 9, invariant 12)', () => {
  it('sends nothing and settles nothing', async () => {
    world.twilio.addCall({ sid: 'CA1' });
    world.owner.may = false;
    const unsendable = effect('hang-up-leg', { leg: 'carrier', provider: 'acme', address: {} });
    for (const asked of [hangUp('CA1'), command('close'), functionRun('crm'), unsendable]) {
      world.dispatcher.dispatch(asked);
    }
    await world.dispatcher.drain(1_000);
    await eventually('all were silenced', () => world.dispatcher.stats().silenced === 4);
    expect([requested, world.owner.settled, world.owner.attempted]).toEqual([[], [], []]);
  });

  it('runs no function when it was fenced before its attempt was read back (log rule 35)', async () => {
    let readBack = (): void => undefined;
    world.owner.readBack = new Promise((resolve) => {
      readBack = resolve;
    });
    const asked = functionRun('crm');
    world.dispatcher.dispatch(asked);
    expect([world.owner.attempted, requested]).toEqual([[asked.effectId], []]);
    world.owner.may = false;
    readBack();
    await world.dispatcher.drain(1_000);
    expect([requested, world.owner.settled, world.endFunctions.inputs]).toEqual([[], [], []]);
  });

  it('runs no function whose attempt cannot be read back', async () => {
    world.owner.readBack = Promise.reject(new Error('fenced'));
    world.dispatcher.dispatch(functionRun('crm'));
    await world.dispatcher.drain(1_000);
    expect([world.owner.settled, world.endFunctions.inputs]).toEqual([[], []]);
  });

  it('performs what is dispatched again once it may act', async () => {
    world.twilio.addCall({ sid: 'CA1' });
    const asked = hangUp('CA1');
    world.owner.may = false;
    world.dispatcher.dispatch(asked);
    world.owner.may = true;
    expect(await outcomeOf(asked)).toMatchObject({ result: 'done' });
  });
});

describe('withdrawing (log rule 32)', () => {
  it('aborts an end function under way and waits for no command; both settle nothing', async () => {
    const [run, ping] = [functionRun('hangs'), command('ping')];
    world.dispatcher.dispatch(run);
    world.dispatcher.dispatch(ping);
    await eventually('both are under way', () => world.endFunctions.running === 1 && requested.length === 2);
    world.dispatcher.withdraw(run.effectId);
    world.dispatcher.withdraw(ping.effectId);
    await world.dispatcher.drain(1_000);
    expect(world.dispatcher.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
    world.gateway.answerPings();
    await world.dispatcher.close();
    expect([world.endFunctions.running, world.owner.settled]).toEqual([0, []]);
  });

  it('lets a hangup under way go on and settle, since its success always counts (log rule 20)', async () => {
    world.twilio.addCall({ sid: 'CA1' });
    const asked = hangUp('CA1');
    world.dispatcher.dispatch(asked);
    world.dispatcher.withdraw(asked.effectId);
    await eventually('it settles', () => world.owner.outcomeOf(asked)?.result === 'done');
  });

  it('takes up again what was withdrawn and is wanted after all', async () => {
    const ping = command('ping');
    world.dispatcher.dispatch(ping);
    world.dispatcher.withdraw(ping.effectId);
    world.dispatcher.dispatch(ping);
    await eventually('it is sent again', () => world.gateway.received.length === 2);
    expect(world.dispatcher.stats()).toMatchObject({ inFlight: 1 });
  });

  it('knows nothing of other ids', () => {
    expect(() => world.dispatcher.withdraw('unknown')).not.toThrow();
  });
});

describe('closing', () => {
  it('gives up what is in flight, settles nothing and takes nothing more', async () => {
    world.dispatcher.dispatch(functionRun('hangs'));
    world.dispatcher.dispatch(command('ping'));
    await eventually('both are under way', () => world.endFunctions.running === 1);
    await world.dispatcher.close();
    await world.dispatcher.close();
    world.dispatcher.dispatch(command('close'));
    expect(world.dispatcher.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
    expect([world.endFunctions.running, world.owner.settled]).toEqual([0, []]);
  });

  it('lets a drain pass after its time', async () => {
    world.dispatcher.dispatch(command('ping'));
    await world.dispatcher.drain(1);
    expect(world.dispatcher.stats()).toMatchObject({ inFlight: 1 });
  });
});
