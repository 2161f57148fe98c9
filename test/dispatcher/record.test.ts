/** Each version of a call record exists once (log rule 36, invariant 25): the expectations, on the memory log. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Effect } from '../../src/contract/effect.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { bytes, eventually, text } from '../log/eventually.ts';
import { effect, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

async function publish(recordVersion: number, incarnation = 7): Promise<Outcome | undefined> {
  const record = { schema: 'onhook.record.v1', recordVersion };
  const asked: Effect = effect('publish-record', { record, recordVersion, incarnation });
  world.dispatcher.dispatch(asked);
  await eventually('the record settles', () => world.owner.outcomeOf(asked) !== undefined);
  return world.owner.outcomeOf(asked);
}

const stored = async () =>
  (await world.log.list('records', 'onhook.v1.record.>', 10)).map(({ data, headers }) => [
    (JSON.parse(text(data)) as { recordVersion: number }).recordVersion,
    headers.get('onhook-incarnation'),
  ]);
const conflict = { result: 'fatal', code: 'record_conflict' };

describe('publishing the record', () => {
  it('appends the first version as the first message of its subject', async () => {
    expect(await publish(1)).toEqual({ result: 'done', data: { recordSeq: 1 } });
    const last = await world.log.last('records', 'onhook.v1.record.CA1');
    expect(text(last?.data ?? bytes(''))).toBe('{"schema":"onhook.record.v1","recordVersion":1}');
    expect(await stored()).toEqual([[1, '7']]);
  });

  it('finds a version that an earlier attempt stored', async () => {
    await publish(1);
    expect(await publish(1)).toEqual({ result: 'done', data: { recordSeq: 1 } });
    await publish(2);
    expect(await publish(2)).toEqual({ result: 'done', data: { recordSeq: 2 } });
    expect(await stored()).toEqual([
      [1, '7'],
      [2, '7'],
    ]);
  });

  it('appends the first version after the record of an older incarnation', async () => {
    await publish(1, 3);
    await publish(2, 3);
    expect(await publish(1)).toEqual({ result: 'done', data: { recordSeq: 3 } });
    expect((await stored()).at(-1)).toEqual([1, '7']);
  });

  it.each([
    ['a newer incarnation', 1, 9],
    ['a gap in the versions', 3, 7],
    ['a later version of another incarnation', 2, 8],
  ])('refuses to write over %s', async (_what, version, incarnation) => {
    await publish(1, version === 1 ? incarnation : 7);
    expect(await publish(version, version === 1 ? 7 : incarnation)).toMatchObject(conflict);
    expect(await stored()).toHaveLength(1);
  });

  it('refuses an older version when a newer one stands', async () => {
    await publish(1);
    await publish(2);
    expect(await publish(1)).toMatchObject(conflict);
  });

  it('writes no later version of a record that was erased (log rule 37)', async () => {
    await publish(1);
    await world.log.purge('records', 'onhook.v1.record.CA1');
    expect(await publish(2)).toMatchObject(conflict);
    expect(await stored()).toEqual([]);
  });

  it('does not write over a message that is not ours', async () => {
    await world.log.append('records', { subject: 'onhook.v1.record.CA1', data: bytes('{}') });
    expect(await publish(1)).toMatchObject(conflict);
  });

  it('leaves a log that is away to another attempt', async () => {
    world.log.setReachable(false);
    expect(await publish(1)).toMatchObject({ result: 'retry', code: 'log_unavailable' });
    world.log.setReachable(true);
    expect(await publish(1)).toMatchObject({ result: 'done' });
  });
});
