/** What has no right to a call, or comes when it should not: other gateways, second starts, bad data. */
import type { GatewayCall } from './gateways.ts';
import type { World } from './world.ts';

/** Some of it, by chance, within the first minute of a call. */
export function trespass(world: World, call: GatewayCall): void {
  const { random, timeline } = world;
  const { callId, gateway } = call;
  const some = (probability: number, act: () => void): void => {
    if (random.chance(probability)) timeline.after(random.between(500, 60_000), act);
  };
  const foreign = (type: string, id: string): void =>
    world.publish('intruder', callId, type, { farewell: 'none' }, { id });
  some(0.2, () => foreign('end.requested', 'i1'));
  some(0.2, () => foreign('effect.settled', 'i2'));
  some(0.1, () => world.publish(gateway, callId, 'end.requested', { farewell: 7 }, { id: 'bad' }));
  some(0.2, () => {
    const again = { provider: 'line', legs: {} };
    world.publish(gateway, callId, 'call.started', again, { id: `${callId}-again` });
  });
  some(0.4, () => timeline.after(60_000, () => call.publish('caller.spoke', { text: 'late', final: true })));
}
