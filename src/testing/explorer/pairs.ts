/** What comes of two endings that meet, in either order, in a world that otherwise works. */
import { callRecord, stateName } from '../../actors/record.ts';
import { callFold } from '../../supervisor/call-fold.ts';
import { ANSWERED } from './closing.ts';
import { movesAt, play } from './moves.ts';
import type { Played, Point } from './moves.ts';
import type { Scenario } from './scenario.ts';
import { beginning } from './search.ts';

/** The outcome of one order. */
export interface PairResult {
  readonly first: string;
  readonly second: string;
  readonly endedBy: string;
  readonly endReason: string;
  readonly farewell: string;
  /** Different hangup effects for the carrier's leg. */
  readonly hangUps: number;
  readonly closed: boolean;
}

/** Every ordered pair of a scenario's events, one right after the other. Steps through the production fold. */
export function pairResults(scenario: Scenario): PairResult[] {
  const endings = scenario.events.filter(({ reaction }) => reaction !== true).map(({ label }) => label);
  return endings.flatMap((first) =>
    endings.filter((second) => second !== first).map((second) => playPair(scenario, first, second)),
  );
}

function playPair(scenario: Scenario, first: string, second: string): PairResult {
  const hangUps = new Set<string>();
  const follow = ({ point, fold }: Played): Point => {
    for (const { kind, effectId, payload } of fold?.effects ?? []) {
      if (kind === 'hang-up-leg' && 'leg' in payload && payload.leg === 'carrier') hangUps.add(effectId);
    }
    return point;
  };
  let point = beginning(scenario);
  for (const label of [first, second]) point = follow(playBy(point, scenario, `say ${label}`));
  for (let played = next(point, scenario); played !== undefined; played = next(point, scenario))
    point = follow(played);
  const { call } = point.situation;
  const { endedBy, endReason, farewell } = callRecord(call, 1) as Record<
    'endedBy' | 'endReason' | 'farewell',
    string
  >;
  return {
    first,
    second,
    endedBy,
    endReason,
    farewell,
    hangUps: hangUps.size,
    closed: stateName(call) === 'closed',
  };
}

function playBy(point: Point, scenario: Scenario, label: string): Played {
  const move = movesAt(point, scenario, callFold).find((one) => one.label === label);
  if (move === undefined) throw new TypeError(`${label} cannot be said in ${scenario.name}`);
  return play(point, move, scenario, callFold);
}

function next(point: Point, scenario: Scenario): Played | undefined {
  if (ANSWERED.isOver(point)) return undefined;
  const moves = movesAt(point, scenario, callFold);
  const echo = moves.find(({ label }) => label === 'say mark.echoed');
  const move = echo ?? moves[ANSWERED.choose(moves)];
  return move === undefined ? undefined : play(point, move, scenario, callFold);
}
