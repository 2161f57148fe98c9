/** A sequence played again by its words: how a violation is printed as a test, and what that test calls. */
import type { CallFold } from '../../supervisor/call-fold.ts';
import { callFold } from '../../supervisor/call-fold.ts';
import { ANSWERED, isLate, UNANSWERED } from './closing.ts';
import { movesAt, play } from './moves.ts';
import type { Point } from './moves.ts';
import { brokenProbe } from './probes.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { beginning, brokenBy } from './search.ts';
import type { Violation } from './search.ts';

/** The sequence or the fold is another one than it was. */
function impossible(label: string, possible: readonly string[]): TypeError {
  return new TypeError(`"${label}" cannot happen here; what can: ${possible.join(' | ')}`);
}

/**
 * Plays moves from a scenario's beginning. Returns what they break, each beginning with the number of
 * the invariant. Bounds do not count here. Throws a TypeError that names the possible moves, and what the fold throws.
 */
export function retrace(
  which: string | Scenario,
  moves: readonly string[],
  fold: CallFold = callFold,
): string[] {
  const scenario = typeof which === 'string' ? scenarioOf(which) : which;
  const broken: string[] = [];
  let point = unbounded(beginning(scenario, fold));
  for (const label of moves) {
    const possible = movesAt(point, scenario, fold);
    const move = possible.find((one) => one.label === label);
    if (move === undefined)
      throw impossible(
        label,
        possible.map((one) => one.label),
      );
    const played = play(point, move, scenario, fold);
    broken.push(...brokenBy(point, played));
    point = unbounded(played.point);
  }
  const probe = brokenProbe(point.situation, scenario, fold);
  if (probe !== undefined) broken.push(probe);
  return [...broken, ...late(point, scenario, fold)];
}

function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  throw impossible(
    name,
    SCENARIOS.map((one) => one.name),
  );
}

function unbounded(point: Point): Point {
  return { ...point, events: 1, faults: 1, ticks: 1 };
}

/** Invariant 29, from here on with nothing more said. */
function late(start: Point, scenario: Scenario, fold: CallFold): string[] {
  return [ANSWERED, UNANSWERED].flatMap((chain) =>
    isLate(start, chain, scenario, fold) ? [`29: every call closes in time (${chain.name})`] : [],
  );
}

/** The text of a test that fails as long as the violation is there. */
export function asTest({ scenario, broken, moves }: Violation): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return [
    "import { expect, it } from 'vitest';",
    "import { retrace } from '../../src/testing/explorer/index.ts';",
    '',
    `it(${quoted(`invariant ${broken}`)}, () => {`,
    '  const moves = [',
    ...moves.map((move) => `    ${quoted(move)},`),
    '  ];',
    `  expect(retrace(${quoted(scenario)}, moves)).toEqual([]);`,
    '});',
    '',
  ].join('\n');
}
