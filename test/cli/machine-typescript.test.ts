/** The exported machine is the machine: built again from its own text it has the same chart. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { callMachine } from '../../machines/call/machine.ts';
import { effectMachine } from '../../machines/effect/machine.ts';
import { partitionMachine } from '../../machines/partition/machine.ts';
import type { Chart, ChartTransition } from '../../src/cli/machine/chart.ts';
import { machineTypeScript } from '../../src/cli/machine/typescript.ts';
import { allNodes, transitionsOf } from '../machines/exploration.ts';
import { runCli } from './run-cli.ts';

const FOLDER = join(import.meta.dirname, '../../node_modules');

/** Each state with what goes out of it: event or delay, guard, actions, targets. */
function drawn(machine: AnyStateMachine): object[] {
  return allNodes(machine).map((node) => ({
    id: node.id,
    type: node.type,
    initial: ((node.initial?.target ?? []) as AnyStateNode[]).map(({ id }) => id),
    entry: named(node.entry),
    exit: named(node.exit),
    delays: Object.keys((node.config.after ?? {}) as object),
    ways: transitionsOf(node).map(({ eventType, guard, actions, target, reenter }) => ({
      eventType,
      reenter,
      guard: guard ?? null,
      actions: named(actions),
      target: ((target ?? []) as AnyStateNode[]).map(({ id }) => id),
    })),
  }));
}

/** What XState makes of a timer is a function with a type. */
function named(actions: readonly unknown[]): unknown[] {
  return actions.map((action) =>
    typeof action === 'string' ? action : (action as { readonly type: unknown }).type,
  );
}

/** Beside the packages, since the text imports `xstate`. */
async function built(text: string): Promise<AnyStateMachine> {
  const folder = mkdtempSync(join(FOLDER, '.onhook-machine-'));
  try {
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const file = join(folder, 'machine.mjs');
    writeFileSync(file, outputText);
    const loaded = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as object;
    const [machine] = Object.values(loaded) as AnyStateMachine[];
    expect(machine).toBeDefined();
    return machine as AnyStateMachine;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const MACHINES = [
  ['call', callMachine],
  ['effect', effectMachine],
  ['partition', partitionMachine],
] as const satisfies readonly (readonly [string, AnyStateMachine])[];

/** A chart that can be changed. */
type Loose = { -readonly [Key in keyof Chart]: Chart[Key] } & { entry?: unknown; exit?: unknown };
type Found = (path: readonly string[], state: Loose) => boolean;

/** Changes the first state where that can be done; says whether there was one. */
function changeOne(state: Loose, change: Found, path: readonly string[] = []): boolean {
  if (change(path, state)) return true;
  return Object.entries(state.states ?? {}).some(([key, child]) => changeOne(child, change, [...path, key]));
}

function waysOf(state: Loose): Exclude<ChartTransition, string>[] {
  const all = [...Object.values(state.on ?? {}), ...Object.values(state.after ?? {}), state.always].flat();
  return all.filter((one) => typeof one === 'object');
}

function without(key: 'guard' | 'actions'): Found {
  return (_path, state) => {
    const way = waysOf(state).find((one) => key in one);
    if (way === undefined) return false;
    delete (way as Record<string, unknown>)[key];
    return true;
  };
}

const LOSSES: readonly (readonly [string, Found])[] = [
  ['a guard', without('guard')],
  ['an action of a transition', without('actions')],
  ['a delay', (_path, state) => state.after !== undefined && delete state.after],
  ['an entry action', (_path, state) => state.entry !== undefined && delete state.entry],
  ['an event', (_path, state) => state.on !== undefined && delete state.on],
  [
    'the order of what is tried',
    (_path, state) => {
      if (!Array.isArray(state.always) || state.always.length < 2) return false;
      state.always = (state.always as ChartTransition[]).toReversed();
      return true;
    },
  ],
  [
    'where a state begins',
    (path, state) => {
      const other = Object.keys(state.states ?? {}).find((key) => key !== state.initial);
      if (path.length === 0 || state.initial === undefined || other === undefined) return false;
      state.initial = other;
      return true;
    },
  ],
];

describe.each(MACHINES)('machine export of the %s, built again', (name, machine) => {
  it('has the same states, transitions, guards, actions and delays from TypeScript', async () => {
    const { stdout, code } = await runCli(['machine', 'export', '--format', 'ts', '--machine', name]);
    expect(code).toBe(0);
    const again = await built(stdout);
    expect(drawn(again)).toEqual(drawn(machine));
    for (const kind of ['actions', 'guards', 'delays'] as const) {
      expect(Object.keys(again.implementations[kind])).toEqual(Object.keys(machine.implementations[kind]));
    }
  });

  it('has the same states, transitions, guards, actions and delays from JSON', async () => {
    const { stdout } = await runCli(['machine', 'export', '--format', 'json', '--machine', name]);
    const again = createMachine(JSON.parse(stdout) as Parameters<typeof createMachine>[0]);
    expect(drawn(again)).toEqual(drawn(machine));
  });
});

describe('a machine that is built again', () => {
  it.each(LOSSES)('differs when %s got lost', async (_name, lose) => {
    const config = JSON.parse(JSON.stringify(callMachine.config)) as Loose;
    expect(changeOne(config, lose)).toBe(true);
    const again = await built(machineTypeScript(config, callMachine.implementations));
    expect(drawn(again)).not.toEqual(drawn(callMachine));
  });

  it('has the timers with their defaults', async () => {
    const again = await built(machineTypeScript(callMachine.config, callMachine.implementations));
    expect(again.implementations.delays).toMatchObject({ settle: 2_000, maxCall: 14_100_000 });
  });
});
