/** Every state and every transition of the charts is reached, guarded ones both ways. */
import { afterAll, describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { CALL_STATES, callMachine } from '../../machines/call/machine.ts';
import { effectMachine } from '../../machines/effect/machine.ts';
import { HEARD } from './heard.ts';
import { eventsFor, firesAt, INPUTS, kindOf, signature } from './call-events.ts';
import { allNodes, describeTransition, Explorer, transitionsOf } from './exploration.ts';
import type { Walk } from './exploration.ts';

function missing(machine: AnyStateMachine, { taken, refused, nodes }: Walk): string[] {
  const transitions = allNodes(machine).flatMap(transitionsOf);
  return [
    ...allNodes(machine)
      .filter((node) => !nodes.has(node))
      .map(({ id }) => `state ${id}`),
    ...transitions.filter((one) => !taken.has(one)).map((one) => `never taken: ${describeTransition(one)}`),
    ...transitions
      .filter((one) => one.guard !== undefined && !refused.has(one))
      .map((one) => `never refused: ${describeTransition(one)}`),
  ];
}

/** What was covered, and who hears what: printed with the run; `docs/states.md` shows the same dots. */
function matrix(machine: AnyStateMachine, { taken, refused, nodes, heard }: Walk): string {
  const all = allNodes(machine);
  const transitions = all.flatMap(transitionsOf);
  const guarded = transitions.filter(({ guard }) => guard !== undefined);
  const types = [...new Set([...heard.values()].flatMap((set) => [...set]))].filter(
    (type) => !type.startsWith('xstate.'),
  );
  const rows = types.toSorted().map((type) => {
    const dots = CALL_STATES.map((state) => (heard.get(state)?.has(type) === true ? '●' : '·'));
    return `${dots.join(' ')}  ${type}`;
  });
  return [
    `${machine.id}: ${nodes.size} of ${all.length} states, ${taken.size} of ${transitions.length} transitions`,
    `guards: ${guarded.filter((one) => taken.has(one)).length} yes and ${refused.size} no of ${guarded.length}`,
    CALL_STATES.join(', '),
    ...rows,
  ].join('\n');
}

describe('the call chart', () => {
  const explorer = new Explorer(callMachine);
  const walk: Walk = explorer.walk({ inputs: INPUTS, events: eventsFor, signature, firesAt, kind: kindOf });

  it('has no state, transition or branch that cannot be reached (invariant 1)', () => {
    expect(missing(callMachine, walk)).toEqual([]);
  });

  afterAll(() => {
    process.stdout.write(`${matrix(callMachine, walk)}\n`);
  });

  it('keeps only JSON in its context, in every state reached', () => {
    for (const { snapshot } of walk.reached) {
      const { context } = snapshot;
      expect(JSON.parse(JSON.stringify(context))).toEqual(withoutUndefined(context));
    }
    expect(walk.reached.length).toBeGreaterThan(200);
  });

  // Timers apart: each is heard exactly where it is armed.
  it.each(CALL_STATES)('hears in %s what it should, every other event is inert', (state) => {
    const heard = [...(walk.heard.get(state) ?? [])].filter((type) => !type.startsWith('xstate.'));
    expect(heard.toSorted()).toEqual([...HEARD[state]].toSorted());
  });
});

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutUndefined(field)]));
}

describe('the effect chart', () => {
  it('has no state, transition or branch that cannot be reached', () => {
    const policy = { maxAttempts: 2, initialMs: 100, maxMs: 1_000, factor: 2 };
    const walk = new Explorer(effectMachine).walk({
      inputs: [{ attempt: 1, policy, jitter: 0.5 }],
      events: () => [{ type: 'attempt.settled' }, { type: 'attempt.retryable' }],
      signature: ({ context }) => String((context as { attempt: number }).attempt),
    });
    expect(missing(effectMachine, walk)).toEqual([]);
  });
});
