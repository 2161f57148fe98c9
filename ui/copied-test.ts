/**
 * A call as a test: its tape, and what came of it, for Node's own test runner. What was hidden on the
 * page is hidden in it, so that a call of a customer can become a test without its words.
 */
import type { Played, Tape } from '../src/actors/tape.ts';
import { textOf } from './words/text.ts';

/** The text of a module; it runs with `node --test`. */
export function testOf(tape: Tape, played: readonly Played[]): string {
  const states = played.flatMap(({ notes }) =>
    notes.flatMap(({ type, data }) => (type === 'state.changed' ? [textOf(data['to'])] : [])),
  );
  const effects = played.flatMap(({ seq, effects: asked }) =>
    asked.map(({ kind, attempt }) => `${seq} ${kind} #${attempt}`),
  );
  const { callId } = tape;
  return `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playTape } from 'onhook/testing';

/** The messages of call ${callId}, each with the world that its fold saw. */
const tape = ${JSON.stringify(tape, undefined, 2)};

test(${JSON.stringify(`${callId} goes ${['active', ...states].join(', ')}`)}, () => {
  const played = playTape(tape);
  const states = played.flatMap(({ notes }) =>
    notes.flatMap(({ type, data }) => (type === 'state.changed' ? [data.to] : [])),
  );
  const effects = played.flatMap(({ seq, effects }) =>
    effects.map(({ kind, attempt }) => \`\${seq} \${kind} #\${attempt}\`),
  );
  assert.deepEqual(states, ${JSON.stringify(states)});
  assert.deepEqual(effects, ${JSON.stringify(effects, undefined, 2)});
});
`;
}
