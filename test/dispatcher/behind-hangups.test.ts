/** What does not end a line lets the hangups of its turn go first (invariant 23). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Effect } from '../../src/contract/effect.ts';
import { eventually } from '../log/eventually.ts';
import { command, effect, hangUp, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let requested: Effect[] = [];
let turns: (() => void)[] = [];

beforeEach(async () => {
  [requested, turns] = [[], []];
  world = await startWorld({
    onRequest: (sent) => requested.push(sent),
    afterHangups: (run) => turns.push(run),
  });
  world.twilio.addCall({ sid: 'CA1' });
  world.livekit.addRoom({ name: 'r1', participants: [] });
});
afterEach(() => world.close());

const endTurn = (): void => turns.splice(0).forEach((run) => run());

describe('effects of one turn', () => {
  it('leave in their order, those behind that end a line first', () => {
    const [close, ping] = [command('close'), command('ping')];
    const room = effect('delete-room', { leg: 'room', provider: 'livekit', address: { name: 'r1' } });
    const line = hangUp('CA1');
    for (const one of [close, room, ping, line]) world.dispatcher.dispatch(one);
    expect(requested).toEqual([room, line]);
    expect(turns, 'one wait for all of them').toHaveLength(1);
    endTurn();
    expect(requested).toEqual([room, line, close, ping]);
    world.dispatcher.dispatch(command('clear'));
    endTurn();
    expect(requested).toHaveLength(5);
  });

  it('are not sent when they are withdrawn before the turn is over, and leave nothing behind', async () => {
    const [mark, clear] = [command('mark'), command('clear')];
    world.dispatcher.dispatch(mark);
    world.dispatcher.dispatch(clear);
    world.dispatcher.withdraw(mark.effectId);
    expect(world.dispatcher.stats()).toMatchObject({ waiting: 1, inFlight: 0 });
    endTurn();
    expect(requested).toEqual([clear]);
    await eventually('it settles', () => world.owner.outcomeOf(clear) !== undefined);
    expect(world.owner.outcomeOf(mark)).toBeUndefined();
    expect(world.dispatcher.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
  });

  it('go once, in their newest attempt', () => {
    const first = command('mark');
    const second = { ...first, attempt: 2 };
    world.dispatcher.dispatch(first);
    world.dispatcher.dispatch(second);
    world.dispatcher.dispatch(first);
    endTurn();
    expect(requested).toEqual([second]);
  });

  it('are not sent once the dispatcher was closed', async () => {
    world.dispatcher.dispatch(command('mark'));
    await world.dispatcher.close();
    endTurn();
    expect(requested).toEqual([]);
  });
});
