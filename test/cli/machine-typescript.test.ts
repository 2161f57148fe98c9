/** The exported machine is the machine: built again from its own text it has the same chart. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { callMachine } from '../../machines/call/machine.ts';
import { machineTypeScript } from '../../src/cli/machine/typescript.ts';
import { allNodes, transitionsOf } from '../machines/exploration.ts';
import { runCli } from './run-cli.ts';

const FOLDER = join(import.meta.dirname, '../../node_modules');

/** Each state with what goes out of it: event or delay, guard, actions, targets. */
function drawn(machine: AnyStateMachine): object[] {
  return allNodes(machine).map((node) => ({
    id: node.id,
    type: node.type,
    entry: named(node.entry),
    exit: named(node.exit),
    delays: Object.keys((node.config.after ?? {}) as object),
    ways: transitionsOf(node).map(({ eventType, guard, actions, target }) => ({
      eventType,
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
    const loaded = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      callMachine: AnyStateMachine;
    };
    return loaded.callMachine;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('machine export, built again', () => {
  it('has the same states, transitions, guards, actions and delays from TypeScript', async () => {
    const { stdout, code } = await runCli(['machine', 'export', '--format', 'ts']);
    expect(code).toBe(0);
    const again = await built(stdout);
    expect(drawn(again)).toEqual(drawn(callMachine));
    for (const kind of ['actions', 'guards', 'delays'] as const) {
      expect(Object.keys(again.implementations[kind])).toEqual(
        Object.keys(callMachine.implementations[kind]),
      );
    }
    expect(again.implementations.delays).toMatchObject({ settle: 2_000, maxCall: 14_100_000 });
  });

  it('has the same states, transitions, guards, actions and delays from JSON', async () => {
    const { stdout } = await runCli(['machine', 'export', '--format', 'json']);
    const again = createMachine(JSON.parse(stdout) as Parameters<typeof createMachine>[0]);
    expect(drawn(again)).toEqual(drawn(callMachine));
  });

  it('differs as soon as one way is missing', async () => {
    const config = structuredClone(JSON.parse(JSON.stringify(callMachine.config))) as {
      states: { active: { on: Record<string, unknown> } };
    };
    delete config.states.active.on['call.ended'];
    const again = await built(machineTypeScript(config, callMachine.implementations));
    expect(drawn(again)).not.toEqual(drawn(callMachine));
  });
});
