/**
 * Does every state lead to the end in time (invariants 29 and 30)? Each state names its successor when
 * nothing more is said and every request is answered, and the one when nothing is answered at all. The
 * chains are followed once the whole space is known; two states never share a step of the work.
 */
import { contextOf, stateName } from '../../actors/record.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import { movesAt, play } from './moves.ts';
import type { Move, Point } from './moves.ts';
import { FAR_MS } from './scenario.ts';
import type { Scenario } from './scenario.ts';

/** What is not known yet, what is being found out, and what never ends. */
const UNKNOWN = -1;
const UNDER_WAY = -2;
const NEVER = Infinity;

/** One kind of silence: which move is made, and where it is over. */
export interface Chain {
  readonly name: string;
  /** Index of the move that this chain makes, or -1 when none is left. */
  readonly choose: (moves: readonly Move[]) => number;
  readonly isOver: (point: Point) => boolean;
}

const ANSWERS: ReadonlySet<Move['do']> = new Set(['begin', 'settle', 'permit']);

/** The healthy answer comes first in every list; timers fire when due. */
export const ANSWERED: Chain = {
  name: 'answered',
  choose: (moves) => first(moves, (move) => !move.fault && (ANSWERS.has(move.do) || isTime(move))),
  isOver: ({ situation }) => stateName(situation.call) === 'closed',
};

/** Nobody answers: timers alone bring every call to its record, which is never given up. */
export const UNANSWERED: Chain = {
  name: 'unanswered',
  choose: (moves) => first(moves, (move) => !move.fault && (isTime(move) || move.do === 'permit')),
  isOver: ({ situation: { call } }) =>
    stateName(call) === 'closed' || JSON.stringify(call.snapshot.value).includes('recording'),
};

const isTime = (move: Move): boolean => move.do === 'fire' || move.do === 'wait';

function first(moves: readonly Move[], fits: (move: Move) => boolean): number {
  return moves.findIndex(fits);
}

/** Longest that a call in this state may still take when nothing more is said, in ms. */
export function budgetMs({ situation: { call, at } }: Point): number {
  const context = contextOf(call);
  const { timers, startedAt, policy } = context;
  const farewellMs = timers.farewellStartMs + Math.max(timers.farewellMs, timers.farewellMaxMs);
  const drainMs = timers.drainMs + timers.listenMaxMs + timers.playoutGraceMs;
  const legsMs = timers.backstopGraceMs + timers.egressMs + 2 * (timers.terminateMs + 2 * timers.verifyMs);
  const endingMs = farewellMs + drainMs + legsMs + timers.settleMs + timers.postProcessingMs + BACKOFF_MS;
  const begun = context.end !== undefined && policy.mode !== 'observe';
  const untilMaxMs = Math.max(0, startedAt + timers.maxCallMs - at);
  if (begun) return endingMs;
  // Points before a far end are not told apart by their age: that they come to it is another scenario's.
  return untilMaxMs > FAR_MS ? Infinity : untilMaxMs + endingMs;
}

/** The longest wait before another attempt of the record. */
const BACKOFF_MS = 10_000;

/** Successors on one chain by state number, and the time that each step takes. */
export class Links {
  private readonly next: number[] = [];
  private readonly tookMs: number[] = [];
  private readonly restMs: number[] = [];

  /** What follows a state. */
  set(state: number, next: number, tookMs: number): void {
    this.next[state] = next;
    this.tookMs[state] = tookMs;
    this.restMs[state] = UNKNOWN;
  }

  /** Nothing follows it: the end was reached, or it never will be. */
  end(state: number, reached: boolean): void {
    this.restMs[state] = reached ? 0 : NEVER;
  }

  /** Time until the chain is over, Infinity when it never is, undefined when it leaves what was searched. */
  remainingMs(state: number): number | undefined {
    const trail: number[] = [];
    let at = state;
    while (this.restMs[at] === UNKNOWN) {
      this.restMs[at] = UNDER_WAY;
      trail.push(at);
      at = this.next[at] ?? UNKNOWN;
    }
    const known = this.restMs[at];
    let rest = known === undefined ? undefined : known === UNDER_WAY ? NEVER : known;
    for (const step of trail.toReversed()) {
      if (rest === undefined) this.restMs[step] = UNKNOWN;
      else this.restMs[step] = rest += this.tookMs[step] ?? 0;
    }
    return rest;
  }
}

/** Steps of the longest way to the end; more go round in a circle. */
const STEPS_MAX = 10_000;

/** Follows a chain through the fold: does it come to its end within the budget of its first point? */
export function isLate(start: Point, chain: Chain, scenario: Scenario, fold: CallFold): boolean {
  const limitMs = budgetMs(start);
  if (limitMs === Infinity) return false;
  let point = { ...start, faults: 0 };
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (point.situation.at - start.situation.at > limitMs) return true;
    if (chain.isOver(point)) return false;
    const moves = movesAt(point, scenario, fold);
    const move = moves[chain.choose(moves)];
    if (move === undefined) return true;
    point = play(point, move, scenario, fold).point;
  }
  return true;
}
