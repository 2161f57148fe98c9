/** The small charts, built from their edges with `xstate/graph`: every event in every state, coverage printed. */
import { afterAll, describe, expect, it } from 'vitest';
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { getAdjacencyMap } from 'xstate/graph';
import { effectMachine } from '../../machines/effect/machine.ts';
import { partitionMachine } from '../../machines/partition/machine.ts';
import { allNodes, transitionsOf } from './exploration.ts';

interface Chart {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly input?: unknown;
}

/** One state and what each event makes of it. */
interface Row {
  readonly state: AnyMachineSnapshot;
  readonly transitions: Readonly<
    Record<string, { readonly event: { readonly type: string }; readonly state: AnyMachineSnapshot }>
  >;
}

const policy = { maxAttempts: 2, initialMs: 100, maxMs: 1_000, factor: 2 };

const CHARTS: readonly Chart[] = [
  { name: 'effect', machine: effectMachine, input: { attempt: 1, policy, jitter: 0.5 } },
  { name: 'partition', machine: partitionMachine },
];

const printed: string[] = [];

afterAll(() => {
  process.stdout.write(`${printed.join('\n')}\n`);
});

/** Every event type that some state names. */
function typesOf(machine: AnyStateMachine): string[] {
  const types = allNodes(machine).flatMap((node) => [...node.transitions.keys()]);
  return [...new Set(types)].toSorted();
}

function textOf({ value, context }: { value: unknown; context: unknown }): string {
  return JSON.stringify([value, context]);
}

describe.each(CHARTS)('the $name chart', ({ name, machine, input }) => {
  const types = typesOf(machine);
  const map: readonly Row[] = Object.values(
    getAdjacencyMap(machine, {
      events: types.map((type) => ({ type })),
      serializeState: textOf,
      ...(input === undefined ? {} : { input }),
    }),
  );

  it('takes every edge, and every event elsewhere is inert', () => {
    const taken = new Set<string>();
    for (const { state, transitions } of map) {
      const node = machine.states[state.value as string];
      for (const { event, state: next } of Object.values(transitions)) {
        const named = node?.transitions.has(event.type) === true;
        if (named) taken.add(`${String(state.value)} ${event.type} ${String(next.value)}`);
        else expect(textOf(next), `${String(state.value)} on ${event.type}`).toBe(textOf(state));
      }
    }
    const edges = allNodes(machine).flatMap((node) =>
      transitionsOf(node).flatMap(({ eventType, target }) =>
        (target ?? []).map(({ key }: { key: string }) => `${node.key} ${eventType} ${key}`),
      ),
    );
    printed.push(`${name}: ${edges.length} edges, ${map.length} states, ${types.length} events each`);
    expect(edges.filter((edge) => !taken.has(edge))).toEqual([]);
  });

  it('reaches every state', () => {
    const reached = new Set(map.map(({ state }) => state.value as string));
    expect(Object.keys(machine.states).filter((state) => !reached.has(state))).toEqual([]);
  });
});
