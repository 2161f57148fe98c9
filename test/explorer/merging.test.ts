/** States that the search takes for one can do the same, and what they lead to is the same again. */
import { expect, it } from 'vitest';
import { callFold } from '../../src/supervisor/call-fold.ts';
import { situationText } from '../../src/testing/explorer/fingerprint.ts';
import { SCENARIOS } from '../../src/testing/explorer/index.ts';
import { movesAt, play } from '../../src/testing/explorer/moves.ts';
import type { Point } from '../../src/testing/explorer/moves.ts';
import type { Scenario } from '../../src/testing/explorer/scenario.ts';
import { beginning } from '../../src/testing/explorer/search.ts';

/** Different ways to one state that are compared, for each scenario. */
const MERGED_MIN = 200;
const POINTS_MAX = 1_500;

function textOf({ situation, said, events, faults, ticks, pauses }: Point): string {
  return [situationText(situation), said, events, faults, ticks, pauses].join('\n');
}

function future(point: Point, scenario: Scenario): Record<string, string> {
  const moves = movesAt(point, scenario, callFold);
  return Object.fromEntries(
    moves.map((move) => [move.label, textOf(play(point, move, scenario, callFold).point)]),
  );
}

it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (_name, scenario) => {
  const first = beginning(scenario);
  const known = new Map<string, Point>([[textOf(first), first]]);
  const queue = [first];
  let merged = 0;
  for (const point of queue) {
    if (known.size > POINTS_MAX && merged >= MERGED_MIN) break;
    for (const move of movesAt(point, scenario, callFold)) {
      const { point: next } = play(point, move, scenario, callFold);
      const text = textOf(next);
      const other = known.get(text);
      if (other === undefined) {
        known.set(text, next);
        queue.push(next);
      } else if (other.situation.seq !== next.situation.seq || other.situation.at !== next.situation.at) {
        merged += 1;
        expect(future(next, scenario), text).toEqual(future(other, scenario));
      }
    }
  }
  expect(merged).toBeGreaterThanOrEqual(MERGED_MIN);
});
