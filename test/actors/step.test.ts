/** The stepper: the same snapshots as XState's own transition, without the work that nothing needs. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, setup, transition } from 'xstate';
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

  it('changes the context as XState does, and leaves the state before it alone', () => {
    const counting = setup({
      actions: {
        add: assign(({ context }) => ({ count: context['count'] + 1 })),
        double: assign(({ context }) => ({ count: context['count'] * 2 })),
      },
    }).createMachine({
      context: { count: 1, kept: 'yes' },
      initial: 'one',
      states: {
        one: { on: { more: { actions: ['add', 'double'] }, go: { target: 'two', actions: 'add' } } },
        two: { entry: 'double', always: 'three' },
        three: { entry: 'add' },
      },
    });
    const counter = createStepper(counting);
    const first = counter.start({}).snapshot;
    const more = counter.next(first, { type: 'more' }).snapshot;
    const gone = counter.next(more, { type: 'go' }).snapshot;
    expect([first, more, gone].map(({ value, context }) => [value, context])).toEqual([
      ['one', { count: 1, kept: 'yes' }],
      ['one', { count: 4, kept: 'yes' }],
      ['three', { count: 11, kept: 'yes' }],
    ]);
  });

  it('refuses a chart that names events by wildcard, since it looks them up by name', () => {
    const vague = createMachine({ initial: 'one', states: { one: { on: { '*': {} } } } });
    expect(() => createStepper(vague)).toThrow(WildcardEvent);
  });
});
