/** The matrix of `docs/states.md`: which events and timers each state of a call reacts to, from the chart itself. */
import type { AnyStateNode } from 'xstate';
import { CALL_STATES, callMachine } from '../../machines/call/machine.ts';

const below = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(below)];

/** Not the chart's own `after` and `done`. */
const isHeard = (type: string): boolean => !type.startsWith('xstate.');

function nodesOf(state: string): AnyStateNode[] {
  const node = Object.entries(callMachine.root.states).find(([name]) => name === state)?.[1];
  return node === undefined ? [] : below(node);
}

function table(
  head: string,
  rows: readonly string[],
  reacts: (row: string, state: string) => boolean,
): string {
  const lines = rows.map((row) => {
    const cells = CALL_STATES.map((state) => (reacts(row, state) ? '●' : ''));
    return `| \`${row}\` | ${cells.join(' | ')} |`;
  });
  return [
    `| ${head} | ${CALL_STATES.join(' | ')} |`,
    `| --- | ${CALL_STATES.map(() => ':-:').join(' | ')} |`,
    ...lines,
  ].join('\n');
}

/** Markdown. Pure. */
export function matrixMarkdown(): string {
  const heard = new Map(
    CALL_STATES.map((state) => [
      state as string,
      new Set(
        nodesOf(state)
          .flatMap((node) => [...node.transitions.keys()])
          .filter(isHeard),
      ),
    ]),
  );
  const armed = new Map(
    CALL_STATES.map((state) => [
      state as string,
      new Set(nodesOf(state).flatMap((node) => Object.keys(node.config.after ?? {}))),
    ]),
  );
  const all = (sets: ReadonlyMap<string, ReadonlySet<string>>): string[] =>
    [...new Set([...sets.values()].flatMap((set) => [...set]))].toSorted();
  return `
## Every event in every state

A dot: some sub-state reacts. No dot: the event is inert there; \`closed\` hears nothing (invariant 15). The
test \`test/machines/coverage.test.ts\` walks the chart, plays every event in every state that it reaches, and
fails when one does something in a state without a dot, or nothing in a state with one, or when a state, a
transition, or a guard's yes or no was never seen.

${table('Event', all(heard), (event, state) => heard.get(state)?.has(event) === true)}

## Every timer in every state

Each is tried in every state that arms it: 1 ms before its due time nothing happens, at its due time it fires
(\`test/actors/timers.test.ts\`). \`lifetime\` is armed in every state.

${table('Timer', all(armed), (timer, state) => armed.get(state)?.has(timer) === true)}
`;
}
