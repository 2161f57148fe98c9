/**
 * The search: breadth first over every sequence within a scenario's bounds, so that a violation is
 * found by a shortest one. Every invariant is checked on every step and in every state.
 */
import { brokenInvariants } from '../../../machines/call/invariants.ts';
import type { CallStep } from '../../../machines/call/invariants.ts';
import type { Fold, World } from '../../actors/call-state.ts';
import { effectId } from '../../actors/effect-id.ts';
import { contextOf } from '../../actors/record.ts';
import { callFold } from '../../supervisor/call-fold.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import { ANSWERED, budgetMs, isLate, Links, UNANSWERED } from './closing.ts';
import { fingerprints } from './fingerprint.ts';
import { movesAt, play } from './moves.ts';
import type { Move, Played, Point } from './moves.ts';
import { brokenProbe } from './probes.ts';
import { configOf, GATEWAY } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { attemptOf, sortAttempts } from './situation.ts';
import { Visited } from './visited.ts';

/** An invariant that does not hold, and a shortest sequence that shows it. */
export interface Violation {
  readonly scenario: string;
  /** Begins with the invariant's number. */
  readonly broken: string;
  readonly moves: readonly string[];
}

/** What a search saw. */
export interface Searched {
  readonly scenario: string;
  /** Different situations of the call and its surroundings, whatever was left of the bounds. */
  readonly states: number;
  /** Situations with what was left of the bounds: what the search counted as visited. */
  readonly points: number;
  /** Steps played, each through the production fold. */
  readonly steps: number;
  /** Moves of the longest shortest sequence. */
  readonly depth: number;
  /** False when the limit ended it before everything within the bounds was seen. */
  readonly complete: boolean;
  readonly closed: number;
  readonly violations: readonly Violation[];
}

/** Options of one search. */
export interface SearchOptions {
  /** Points at which it stops, unseen ones left. */
  readonly pointsMax?: number;
  /** Asked now and then; false ends it as {@link pointsMax} does. */
  readonly mayGoOn?: () => boolean;
  /** Another fold than production's: to prove that the search finds a bug. */
  readonly fold?: CallFold;
  readonly onProgress?: (states: number) => void;
}

/** A chain has no next move, since it has come to its end. */
const OVER = -2;
/** Of the points that a limit left unseen, those that are followed to their end one by one. */
const FOLLOWED_MAX = 100;
const STARTED_AT = 1_700_000_000_000;
/** Its absences are not spread, so that every duration is a whole number of ticks. */
const CALL_ID = 'call-141';

/** The first point of a scenario. Throws what the fold throws. */
export function beginning(scenario: Scenario, fold: CallFold = callFold): Point {
  const world: World = { era: 1, config: configOf(scenario), restoredAt: 0, paused: false };
  const message = {
    seq: 1,
    at: STARTED_AT,
    gateway: GATEWAY,
    callId: CALL_ID,
    type: 'call.started',
    id: 'id-1',
    data: scenario.start,
  };
  const begun = fold.startCall(message, world);
  if ('refused' in begun) throw new TypeError(`${scenario.name} cannot start: ${begun.refused}`);
  const attempts = sortAttempts(begun.effects.map(attemptOf), begun.state);
  const situation = { call: begun.state, world, at: STARTED_AT, seq: 1, attempts, heard: [], spared: [] };
  const { events, faults, ticks } = scenario.bounds;
  return { situation, said: 0, events, faults, ticks, pauses: scenario.pauses === true ? 2 : 0 };
}

/** What a move broke: sentences that begin with the number of their invariant. */
export function brokenBy(before: Point, { point, message, fold }: Played): readonly string[] {
  if (message === undefined || fold === undefined) return [];
  const step: CallStep = {
    before: before.situation.call,
    message,
    verdict: fold.verdict,
    after: fold.state,
    effects: fold.effects,
  };
  return [...brokenInvariants(step), ...brokenIds(before, fold), ...endedSurvivors(point, fold)];
}

/** Invariant 14: one hangup effect for each leg, over all its attempts and owners. */
function brokenIds({ situation: { call } }: Point, { effects, state }: Fold): string[] {
  const { endAttempt } = contextOf(state);
  const ids = effects.flatMap(({ kind, payload, effectId: id }) =>
    kind === 'hang-up-leg' && 'leg' in payload ? [[id, payload.leg] as const] : [],
  );
  const asked = Object.keys(call.account.legAttempts).length > 0;
  const moved = asked && contextOf(call).endAttempt !== endAttempt;
  const foreign = ids.some(([id, leg]) => id !== effectId(state, 'hang-up-leg', leg, endAttempt));
  return moved || foreign ? ['14: one hangup effect for each leg'] : [];
}

function endedSurvivors({ situation: { spared } }: Point, { effects }: Fold): string[] {
  const ended = effects.some(
    ({ kind, payload }) =>
      (kind === 'hang-up-leg' || kind === 'delete-room') && 'leg' in payload && spared.includes(payload.leg),
  );
  return ended ? ['24: a leg that survives a transfer is not asked to end'] : [];
}

export class Search {
  private readonly visited = new Visited();
  private readonly situations = new Visited();
  private readonly parents: number[] = [];
  private readonly labels: number[] = [];
  private readonly words = new Map<string, number>();
  private readonly chains = [ANSWERED, UNANSWERED].map((chain) => ({ chain, links: new Links() }));
  private readonly budgets: number[] = [];
  private readonly violations = new Map<string, Violation>();
  private readonly scenario: Scenario;
  private readonly fold: CallFold;
  private readonly reactions: number;
  private steps = 0;
  private closed = 0;

  constructor(scenario: Scenario, fold: CallFold = callFold) {
    this.scenario = scenario;
    this.fold = fold;
    this.reactions = scenario.events.reduce(
      (bits, { reaction }, index) => (reaction === true ? bits | (1 << index) : bits),
      0,
    );
  }

  /** Runs once. */
  run({ pointsMax = Infinity, mayGoOn = () => true, onProgress }: SearchOptions = {}): Searched {
    let layer: Point[] = [];
    let depth = -1;
    this.meet(beginning(this.scenario, this.fold), -1, '', layer);
    let expanded = 0;
    let goesOn = true;
    while (goesOn && layer.length > 0 && this.violations.size === 0) {
      depth += 1;
      const next: Point[] = [];
      for (const point of layer) {
        this.expand(point, expanded, next);
        expanded += 1;
        if ((expanded & 4095) === 0) {
          onProgress?.(this.situations.size);
          goesOn = mayGoOn();
        }
        goesOn &&= this.visited.size < pointsMax;
        if (!goesOn) break;
      }
      layer = next;
    }
    const complete = expanded === this.visited.size;
    if (this.violations.size === 0) this.checkClosing();
    if (this.violations.size === 0) this.followRest(layer, this.visited.size - layer.length);
    return {
      scenario: this.scenario.name,
      states: this.situations.size,
      points: this.visited.size,
      steps: this.steps,
      depth,
      complete,
      closed: this.closed,
      violations: [...this.violations.values()],
    };
  }

  /** Adds a point unless it is known. Returns its number. */
  private meet(point: Point, parent: number, label: string, layer: Point[]): number {
    const prints = fingerprints(point, this.reactions);
    const known = this.visited.find(prints.point);
    if (known !== undefined) return known;
    this.visited.add(prints.point);
    const number = this.visited.size - 1;
    this.parents[number] = parent;
    this.labels[number] = this.wordOf(label);
    this.budgets[number] = budgetMs(point);
    layer.push(point);
    if (this.situations.add(prints.situation)) {
      const broken = brokenProbe(point.situation, this.scenario, this.fold);
      if (broken !== undefined) this.violate(broken, number);
    }
    return number;
  }

  private expand(point: Point, number: number, layer: Point[]): void {
    const moves = movesAt(point, this.scenario, this.fold);
    const choices = this.chains.map(({ chain, links }) => {
      const choice = chain.isOver(point) ? OVER : chain.choose(moves);
      if (choice < 0) links.end(number, choice === OVER);
      return choice;
    });
    if (choices[0] === OVER) this.closed += 1;
    for (const [index, move] of moves.entries()) {
      const next = this.step(point, number, move, layer);
      if (next === undefined) continue;
      const tookMs = next.tookMs;
      for (const [which, { links }] of this.chains.entries()) {
        if (index === choices[which]) links.set(number, next.number, tookMs);
      }
    }
  }

  private step(
    point: Point,
    number: number,
    move: Move,
    layer: Point[],
  ): { number: number; tookMs: number } | undefined {
    this.steps += 1;
    let played: Played;
    try {
      played = play(point, move, this.scenario, this.fold);
    } catch (error) {
      this.violate(`0: the fold does not throw (${String(error)})`, number, move.label);
      return undefined;
    }
    for (const broken of brokenBy(point, played)) this.violate(broken, number, move.label);
    return {
      number: this.meet(played.point, number, move.label, layer),
      tookMs: played.point.situation.at - point.situation.at,
    };
  }

  private checkClosing(): void {
    for (const { chain, links } of this.chains) {
      for (let state = 0; state < this.visited.size; state += 1) {
        const rest = links.remainingMs(state);
        if (rest !== undefined && rest > (this.budgets[state] ?? 0)) {
          this.violate(`29: every call closes in time (${chain.name})`, state);
          return;
        }
      }
    }
  }

  /** Points that were not seen have no successors yet: some are followed through the fold. */
  private followRest(layer: readonly Point[], first: number): void {
    const stride = Math.max(1, Math.floor(layer.length / FOLLOWED_MAX));
    for (let index = 0; index < layer.length; index += stride) {
      const point = layer[index] as Point;
      for (const { chain } of this.chains) {
        if (isLate(point, chain, this.scenario, this.fold))
          this.violate(`29: every call closes in time (${chain.name})`, first + index);
      }
    }
  }

  private violate(broken: string, number: number, last?: string): void {
    if (this.violations.has(broken)) return;
    const moves = last === undefined ? [] : [last];
    const words = [...this.words.keys()];
    for (let at = number; at > 0; at = this.parents[at] ?? 0) moves.push(words[this.labels[at] ?? 0] ?? '');
    this.violations.set(broken, { scenario: this.scenario.name, broken, moves: moves.reverse() });
  }

  private wordOf(label: string): number {
    const known = this.words.get(label);
    if (known !== undefined) return known;
    this.words.set(label, this.words.size);
    return this.words.size - 1;
  }
}
