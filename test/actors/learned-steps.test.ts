/** What was learned from XState is what XState does: in every state, for every event, also the second time. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { assign, createMachine, setup } from 'xstate';
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { callMachine } from '../../machines/call/machine.ts';
import { effectMachine } from '../../machines/effect/machine.ts';
import { UnrepeatableChart } from '../../src/actors/recording.ts';
import { createStepper, timerEvent, type Step } from '../../src/actors/step.ts';
import { eventsFor, firesAt, INPUTS, kindOf, signature } from '../machines/call-events.ts';
import { Explorer, type WalkOptions } from '../machines/exploration.ts';

/** All that a step yields, and nothing that only says how it was made. */
function plain({ snapshot, armed, cancelled, actions }: Step): unknown {
  const { value, context, status, tags } = snapshot;
  return { value, context, status, tags, armed, cancelled, actions };
}

/** Each event in each state reached: by XState alone, then learned, then from memory. */
function compare(machine: AnyStateMachine, options: WalkOptions): number {
  const { reached } = new Explorer(machine).walk(options);
  const own = createStepper(machine, () => undefined);
  const learning = createStepper(machine);
  let compared = 0;
  for (const input of options.inputs) {
    for (let time = 0; time < 2; time += 1) {
      expect(plain(learning.start(input))).toEqual(plain(own.start(input)));
    }
  }
  const lights = new Map<string, number>();
  for (const { snapshot } of reached) {
    // Two contexts of each state: the rest of a step is fixed by its guards.
    const place = JSON.stringify(snapshot.value);
    lights.set(place, (lights.get(place) ?? 0) + 1);
    if ((lights.get(place) ?? 0) > 2) continue;
    const { value, context } = snapshot;
    const timers = timersOf(snapshot).flatMap((type) =>
      (options.firesAt?.(snapshot) ?? [0]).map((at) => ({ type, at, seq: 1, data: {} })),
    );
    for (const event of [...options.events(snapshot), ...timers]) {
      const before = own.resolve(value, context as object);
      const made = own.next(before, event);
      compared += 1;
      if (made.snapshot === before) {
        const same = learning.resolve(value, context as object);
        expect(learning.next(same, event).snapshot).toBe(same);
        continue;
      }
      const expected = plain(made);
      for (let time = 0; time < 2; time += 1) {
        const step = learning.next(learning.resolve(value, context as object), event);
        // Most compare equal: the words of a difference are made only for one.
        if (!isDeepStrictEqual(plain(step), expected)) expect(plain(step)).toEqual(expected);
      }
    }
  }
  return compared;
}

function timersOf({ _nodes }: AnyMachineSnapshot): string[] {
  const nodes = _nodes as { after: { delay: string | number }[]; id: string }[];
  return nodes.flatMap(({ after, id }) => [
    ...new Set(after.map(({ delay }) => timerEvent(`${delay}.${id}`))),
  ]);
}

describe('a learned step', () => {
  it('is the step of XState, anywhere in the call chart', () => {
    const options = { inputs: INPUTS, events: eventsFor, signature, firesAt, kind: kindOf };
    expect(compare(callMachine, options)).toBeGreaterThan(5_000);
  }, 120_000);

  it('is the step of XState, anywhere in the effect chart', () => {
    const policy = { maxAttempts: 2, initialMs: 100, maxMs: 1_000, factor: 2 };
    const compared = compare(effectMachine, {
      inputs: [{ attempt: 1, policy, jitter: 0.5 }],
      events: () => [{ type: 'attempt.settled' }, { type: 'attempt.retryable', retryAfterMs: 700 }],
      signature: ({ context }) => String((context as { attempt: number }).attempt),
    });
    expect(compared).toBeGreaterThan(4);
  });

  it('is not taken where a guard answers as never before', () => {
    const { start, next } = createStepper(counting);
    let { snapshot } = start({});
    for (const value of ['low', 'low', 'high', 'high']) {
      ({ snapshot } = next(snapshot, { type: 'add' }));
      expect(snapshot.value).toBe(value);
    }
    expect(snapshot.context).toEqual({ count: 4 });
  });

  it('throws what the chart throws, every time', () => {
    const faulty = setup({
      guards: {
        breaks: () => {
          throw new TypeError('broken');
        },
      },
    }).createMachine({
      initial: 'one',
      states: { one: { on: { go: { guard: 'breaks', target: 'two' } } }, two: {} },
    });
    const { start, next } = createStepper(faulty);
    const { snapshot } = start({});
    for (let time = 0; time < 3; time += 1) expect(() => next(snapshot, { type: 'go' })).toThrow('broken');
  });

  it('needs charts that name their parts, and refuses others', () => {
    const unnamed = [
      createMachine({ entry: () => undefined }),
      createMachine({ on: { go: { guard: () => true, target: '#x' } }, id: 'x' }),
      setup({ actions: { set: assign({ at: 1 }) } }).createMachine({ entry: 'set' }),
    ];
    for (const machine of unnamed) expect(() => createStepper(machine)).toThrow(UnrepeatableChart);
  });
});

const counting = setup({
  types: { context: {} as { count: number } },
  actions: { add: assign(({ context }) => ({ count: context.count + 1 })) },
  guards: { isHigh: ({ context }) => context.count >= 3 },
}).createMachine({
  context: { count: 0 },
  initial: 'low',
  states: {
    low: { always: { guard: 'isHigh', target: 'high' }, on: { add: { actions: 'add' } } },
    high: { on: { add: { actions: 'add' } } },
  },
});
