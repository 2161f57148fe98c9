/** The stepper: the same snapshots as XState's own transition, without the work that nothing needs. */
import { describe, expect, it } from 'vitest';
import { createMachine, transition } from 'xstate';
import { createStepper, WildcardEvent } from '../../src/actors/step.ts';

const machine = createMachine({
  type: 'parallel',
  context: { count: 0 },
  states: {
    door: {
      initial: 'open',
      states: { open: { on: { shut: 'closed' } }, closed: { on: { pull: 'open' } } },
    },
    light: { initial: 'on', states: { on: { after: { 500: 'off' } }, off: {} } },
  },
});

describe('a stepper', () => {
  const stepper = createStepper(machine);
  const { snapshot } = stepper.start({});

  it('returns the very snapshot for an event that no active state names', () => {
    const step = stepper.next(snapshot, { type: 'pull' });
    expect(step.snapshot).toBe(snapshot);
    expect(step).toMatchObject({ armed: [], cancelled: [], actions: [] });
  });

  it('reaches what the own transition of XState reaches', () => {
    for (const type of ['shut', 'pull', 'unknown']) {
      const [expected] = transition(machine, snapshot as never, { type });
      expect(stepper.next(snapshot, { type }).snapshot.value).toEqual(expected.value);
    }
  });

  it('shares between snapshots what depends on the state alone', () => {
    const there = stepper.next(snapshot, { type: 'shut' }).snapshot;
    const back = stepper.next(there, { type: 'pull' }).snapshot;
    expect(back).not.toBe(snapshot);
    expect(back.value).toBe(snapshot.value);
    expect(back.tags).toBe(snapshot.tags);
  });

  it('steps on from what was written down', () => {
    const resolved = stepper.resolve({ door: 'closed', light: 'on' }, { count: 7 });
    expect(resolved.context).toEqual({ count: 7 });
    expect(stepper.next(resolved, { type: 'pull' }).snapshot.value).toEqual({ door: 'open', light: 'on' });
    expect(stepper.resolve({ door: 'closed', light: 'on' }, {}).context).toEqual({});
  });

  it('refuses a chart that names events by wildcard, since it looks them up by name', () => {
    const vague = createMachine({ initial: 'one', states: { one: { on: { '*': {} } } } });
    expect(() => createStepper(vague)).toThrow(WildcardEvent);
  });
});
