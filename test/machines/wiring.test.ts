/** Every name in the charts means something, and nothing in them acts. */
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { changes } from '../../machines/call/assigns.ts';
import { REMARKS, requests } from '../../machines/call/effects.ts';
import { guards } from '../../machines/call/guards.ts';
import { CALL_STATES, callMachine } from '../../machines/call/machine.ts';
import { ABSENCES, delays, SOFT_TIMERS } from '../../machines/call/timers.ts';
import { effectMachine } from '../../machines/effect/machine.ts';
import { allNodes, transitionsOf } from './exploration.ts';

const MACHINES: readonly (readonly [string, AnyStateMachine])[] = [
  ['call', callMachine],
  ['effect', effectMachine],
];

/** What XState itself puts there to arm and cancel timers. */
const BUILT_IN = new Set(['xstate.raise', 'xstate.cancel']);

function actionNames(node: AnyStateNode): unknown[] {
  const all = [...node.entry, ...node.exit, ...transitionsOf(node).flatMap(({ actions }) => actions)];
  return all
    .map((action) =>
      typeof action === 'function' ? ((action as { type?: unknown }).type ?? 'inline') : action,
    )
    .map((action) =>
      typeof action === 'object' && action !== null ? (action as { type: unknown }).type : action,
    )
    .filter((name) => !BUILT_IN.has(name as string));
}

describe.each(MACHINES)('the %s chart', (_name, machine) => {
  const nodes = allNodes(machine);
  const { actions, guards: known, delays: durations, actors } = machine.implementations;

  it('resolves every target', () => {
    const ids = new Set(nodes.map(({ id }) => id));
    for (const node of nodes) {
      for (const { target, eventType } of transitionsOf(node)) {
        for (const { id } of (target ?? []) as AnyStateNode[])
          expect(ids, `${node.id} ${eventType}`).toContain(id);
      }
    }
  });

  it('names every action, guard and delay, and each name is declared', () => {
    for (const node of nodes) {
      for (const name of actionNames(node)) expect(Object.keys(actions), node.id).toContain(name);
      for (const { guard } of transitionsOf(node)) {
        if (guard !== undefined) expect(Object.keys(known), node.id).toContain(guard);
      }
      for (const delay of Object.keys(node.config.after ?? {})) {
        expect(Object.keys(durations), node.id).toContain(delay);
      }
    }
  });

  it('declares no name that no state uses', () => {
    const usedActions = new Set(nodes.flatMap(actionNames));
    const usedGuards = new Set(nodes.flatMap(transitionsOf).map(({ guard }) => guard));
    const usedDelays = new Set(nodes.flatMap((node) => Object.keys(node.config.after ?? {})));
    expect(Object.keys(actions).filter((name) => !usedActions.has(name))).toEqual([]);
    expect(Object.keys(known).filter((name) => !usedGuards.has(name))).toEqual([]);
    expect(Object.keys(durations).filter((name) => !usedDelays.has(name))).toEqual([]);
  });

  it('invokes, spawns and sends nothing, and survives as text', () => {
    expect(nodes.flatMap(({ invoke }) => invoke)).toEqual([]);
    expect(Object.keys(actors)).toEqual([]);
    expect(JSON.parse(JSON.stringify(machine.config.states))).toEqual(machine.config.states);
  });
});

describe('the call chart', () => {
  it('has the six states of the contract, in life order', () => {
    expect(Object.keys(callMachine.states)).toEqual(CALL_STATES);
  });

  it('keeps changes, requests and remarks apart', () => {
    const names = [changes, requests, REMARKS].flatMap((table) => Object.keys(table));
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(guards).length).toBeGreaterThan(0);
  });

  it('has absences and soft timers that exist', () => {
    for (const name of [...ABSENCES, ...Object.keys(SOFT_TIMERS)])
      expect(Object.keys(delays)).toContain(name);
  });
});
