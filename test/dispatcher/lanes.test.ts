/** Who waits for whom: lanes, the rate of a provider, its breaker (invariants 21 and 23). */
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { eventually } from '../log/eventually.ts';
import { command, effect, functionRun, hangUp, startWorld } from './world.ts';
import type { World, WorldOptions } from './world.ts';

let world: World;
afterEach(() => world.close());

async function start(options: WorldOptions = {}): Promise<World> {
  world = await startWorld(options);
  return world;
}

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `CA${n}`);
const settledCodes = () => world.owner.settled.map(({ outcome }) => outcome.code ?? outcome.result);

function addCalls(count: number): string[] {
  const sids = names(count);
  for (const sid of sids) world.twilio.addCall({ sid });
  return sids;
}

describe('lanes', () => {
  it('let no hangup wait for an end function that hangs, while a thousand calls end', async () => {
    await start({ limits: { requestsPerSecond: {} } });
    const sids = addCalls(1_000);
    for (const callId of sids) world.dispatcher.dispatch(functionRun('hangs', { callId }));
    await eventually('the function is stuck', () => world.endFunctions.running === 16);
    for (const sid of sids) world.dispatcher.dispatch(hangUp(sid));
    for (const callId of sids) world.dispatcher.dispatch(command('close', { callId }));
    await eventually('every call is hung up and closed', () => world.owner.settled.length === 2_000);
    expect(world.dispatcher.stats()).toMatchObject({ waiting: 1_000 - 16, inFlight: 16 });
    expect(new Set(settledCodes())).toEqual(new Set(['done']));
  });

  it('let one end function run while another hangs', async () => {
    await start({ limits: { functionsInFlightMax: 1 } });
    world.dispatcher.dispatch(functionRun('hangs'));
    world.dispatcher.dispatch(functionRun('hangs'));
    const other = functionRun('crm');
    world.dispatcher.dispatch(other);
    await eventually('the other one ran', () => world.owner.outcomeOf(other)?.result === 'done');
  });

  it('let one gateway hear while another is frozen', async () => {
    await start({ limits: { commandsInFlightMax: 1 } });
    world.dispatcher.dispatch(command('ping'));
    world.dispatcher.dispatch(command('mark'));
    const other = command('mark', { gateway: 'gw2' });
    world.dispatcher.dispatch(other);
    await eventually('the other gateway answered', () => world.owner.outcomeOf(other) !== undefined);
    expect(world.gateway.received.map(({ subject }) => subject)).toEqual(['gw1.CA1.ping', 'gw2.CA1.mark']);
  });

  it('send hangups before questions to the same provider', async () => {
    await start({ limits: { providerInFlightMax: 1 } });
    const [first = '', asked = '', last = ''] = addCalls(3);
    const payload = { leg: 'carrier', provider: 'twilio', address: { callSid: asked } };
    world.dispatcher.dispatch(hangUp(first));
    world.dispatcher.dispatch(effect('ask-leg', payload));
    world.dispatcher.dispatch(hangUp(last));
    await eventually('all settled', () => world.owner.settled.length === 3);
    expect(world.asked()).toEqual([first, last, asked]);
  });

  it('refuse what is too much, and say when to come again (invariant 21)', async () => {
    await start({ limits: { functionsInFlightMax: 1, waitingMax: 1 } });
    for (let n = 0; n < 3; n += 1) world.dispatcher.dispatch(functionRun('hangs'));
    await eventually('the third is refused', () => world.owner.settled.length === 1);
    expect(world.owner.settled[0]?.outcome).toEqual({
      result: 'retry',
      code: 'lane_full',
      retryAfterMs: 1_000,
    });
  });

  it('forget what is withdrawn while it waits', async () => {
    await start({ limits: { functionsInFlightMax: 1 } });
    const [first, second] = [functionRun('hangs'), functionRun('hangs')];
    world.dispatcher.dispatch(first);
    world.dispatcher.dispatch(second);
    await eventually('the first runs', () => world.endFunctions.running === 1);
    world.dispatcher.withdraw(second.effectId);
    world.dispatcher.withdraw(first.effectId);
    await eventually('the lane is gone', () => world.capacity.stats().length === 0);
    expect([world.owner.attempted, world.owner.settled]).toEqual([[first.effectId], []]);
  });

  it('are kept for the next effect, but not for ever more gateways; what is in use stays (invariant 21)', async () => {
    await start();
    world.dispatcher.dispatch(command('ping', { gateway: 'busy' }));
    const lane = (name: string) => world.capacity.lane('command', name);
    const [busy, idle] = [lane('busy'), lane('idle')];
    for (let n = 0; n < 998; n += 1) lane(`gw${n}`);
    expect([lane('busy') === busy, lane('idle') === idle]).toEqual([true, true]);
    lane('one more');
    expect([lane('busy') === busy, lane('idle') === idle]).toEqual([true, false]);
    expect(world.capacity.stats().map(({ name }) => name)).toEqual(['busy']);
    world.gateway.answerPings();
  });
});

describe('the rate of a provider (invariant 23)', () => {
  it('bounds the requests of every one-second window', async () => {
    const clock = new ManualClock();
    await start({ clock, limits: { requestsPerSecond: { twilio: 10 } } });
    for (const sid of addCalls(25)) world.dispatcher.dispatch(hangUp(sid));
    await eventually('ten are answered', () => world.owner.settled.length === 10);
    clock.advance(999);
    expect(world.dispatcher.stats()).toMatchObject({ waiting: 15, inFlight: 0 });
    clock.advance(1);
    await eventually('ten more are answered', () => world.owner.settled.length === 20);
    expect(world.asked()).toHaveLength(20);
    clock.advance(1_000);
    await eventually('all are answered', () => world.owner.settled.length === 25);
  });

  it('holds at the provider in real time', async () => {
    await start({ limits: { requestsPerSecond: { twilio: 20 } } });
    for (const sid of addCalls(50)) world.dispatcher.dispatch(hangUp(sid));
    await eventually('all are answered', () => world.owner.settled.length === 50);
    const arrivals = world.twilio.requests().map(({ arrivedAt }) => arrivedAt);
    for (const from of arrivals) {
      const window = arrivals.filter((at) => at >= from && at < from + 1_000);
      expect(window.length).toBeLessThanOrEqual(20);
    }
  });

  it('counts both requests that an unanswered call may need', async () => {
    const clock = new ManualClock();
    await start({ clock, limits: { requestsPerSecond: { twilio: 4 } } });
    for (const callSid of names(3)) {
      world.twilio.addCall({ sid: callSid, status: 'ringing' });
      const payload = { leg: 'carrier', provider: 'twilio', address: { callSid }, unanswered: true };
      world.dispatcher.dispatch(effect('hang-up-leg', payload));
    }
    expect(world.dispatcher.stats()).toMatchObject({ waiting: 1, inFlight: 2 });
  });

  it('asks the owner when the request leaves, not when it queues (log rule 9)', async () => {
    const clock = new ManualClock();
    await start({ clock, limits: { requestsPerSecond: { twilio: 1 } } });
    for (const sid of addCalls(3)) world.dispatcher.dispatch(hangUp(sid));
    await eventually('one is answered', () => world.owner.settled.length === 1);
    world.owner.may = false;
    clock.advance(1_000);
    expect(world.dispatcher.stats()).toEqual({ waiting: 0, inFlight: 0, silenced: 2 });
    expect([world.asked(), world.owner.settled.length]).toEqual([['CA0'], 1]);
  });
});

describe('the breaker of a provider', () => {
  const breaker = () => world.capacity.stats().find(({ name }) => name === 'twilio')?.breakerOpen;

  /** Five calls whose hangups fail, so that the breaker opens. */
  async function openBreaker(clock: ManualClock): Promise<void> {
    await start({ clock, limits: { breakerFailures: 5, breakerOpenMs: 2_000 } });
    const faults = [{ status: 500 }, { html503: true }, { reset: true }, { status: 502 }, { status: 503 }];
    for (const [n, sid] of addCalls(8).entries()) {
      const fault = faults[n];
      if (fault === undefined) break;
      world.twilio.failNext(sid, [fault] as Parameters<typeof world.twilio.failNext>[1]);
      world.dispatcher.dispatch(hangUp(sid));
    }
    await eventually('five failed', () => world.owner.settled.length === 5);
  }

  it('opens after failures in a row: hangups and questions settle at once, and nothing is sent', async () => {
    const clock = new ManualClock();
    await openBreaker(clock);
    clock.advance(500);
    const payload = { leg: 'carrier', provider: 'twilio', address: { callSid: 'CA6' } };
    for (const asked of [hangUp('CA5'), effect('ask-leg', payload)]) {
      world.dispatcher.dispatch(asked);
      await eventually('it is refused', () => world.owner.outcomeOf(asked) !== undefined);
      expect(world.owner.outcomeOf(asked)).toEqual({
        result: 'retry',
        code: 'breaker_open',
        retryAfterMs: 1_500,
      });
    }
    expect([world.asked().length, breaker()]).toEqual([5, true]);
  });

  it('lets one probe through after its time; who ends with it waits for its answer, not for the next probe (invariant 31)', async () => {
    const clock = new ManualClock();
    await openBreaker(clock);
    clock.advance(2_000);
    for (const sid of ['CA5', 'CA6']) world.dispatcher.dispatch(hangUp(sid));
    await eventually('both settled', () => world.owner.settled.length === 7);
    expect([settledCodes().slice(5), breaker()]).toEqual([['done', 'done'], false]);
  });

  it('opens again when the probe fails', async () => {
    const clock = new ManualClock();
    await openBreaker(clock);
    clock.advance(2_000);
    world.twilio.failNext('CA5', [{ status: 500 }]);
    for (const sid of ['CA5', 'CA6']) world.dispatcher.dispatch(hangUp(sid));
    await eventually('the probe failed', () => world.owner.settled.length === 7);
    world.dispatcher.dispatch(hangUp('CA7'));
    await eventually('it is refused', () => world.owner.settled.length === 8);
    expect(settledCodes().slice(6)).toEqual(['breaker_open', 'breaker_open']);
    expect(world.asked()).toHaveLength(6);
  });

  it('is not opened by a provider that asks for fewer requests, or refuses', async () => {
    await start({ limits: { breakerFailures: 2 } });
    for (const sid of addCalls(6)) {
      world.twilio.failNext(sid, [{ status: sid < 'CA3' ? 429 : 401 }]);
      world.dispatcher.dispatch(hangUp(sid));
    }
    await eventually('all settled', () => world.owner.settled.length === 6);
    expect([world.asked().length, breaker()]).toEqual([6, false]);
  });

  it('of one provider leaves the others alone', async () => {
    await openBreaker(new ManualClock());
    world.livekit.addRoom({ name: 'r1', participants: [] });
    const asked = effect('delete-room', { leg: 'room', provider: 'livekit', address: { name: 'r1' } });
    world.dispatcher.dispatch(asked);
    await eventually('the room is gone', () => world.owner.outcomeOf(asked)?.result === 'done');
  });

  it('answers at once those that wait for the rate', async () => {
    const clock = new ManualClock();
    await start({ clock, limits: { requestsPerSecond: { twilio: 2 }, breakerFailures: 2 } });
    for (const sid of addCalls(4)) {
      world.twilio.failNext(sid, [{ status: 500 }]);
      world.dispatcher.dispatch(hangUp(sid));
    }
    await eventually('all settled', () => world.owner.settled.length === 4);
    expect([world.asked().length, settledCodes().slice(2)]).toEqual([2, ['breaker_open', 'breaker_open']]);
  });
});
