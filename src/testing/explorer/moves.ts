/**
 * What can happen next in a situation, and what comes of it. Messages go through the production fold,
 * timers fire as its owner fires them, and a new owner begins as recovery does.
 */
import type { CallState, Fold } from '../../actors/call-state.ts';
import { effectById, timerById } from '../../actors/call-state.ts';
import { stateName, contextOf } from '../../actors/record.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Message } from '../../contract/message.ts';
import { PRINCIPALS } from '../../contract/subjects.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import { answersTo } from './answers.ts';
import type { Answer } from './answers.ts';
import type { EnvironmentEvent, Scenario } from './scenario.ts';
import { FAR_MS, TICK_MS } from './scenario.ts';
import type { Attempt, Situation } from './situation.ts';
import { attemptOf, sortAttempts } from './situation.ts';

/** A situation and what is left of the bounds. */
export interface Point {
  readonly situation: Situation;
  /** Bit i: event i of the scenario was said. */
  readonly said: number;
  readonly events: number;
  readonly faults: number;
  readonly ticks: number;
  /** Pauses left: 2 before the pause, 1 while paused, 0 after. */
  readonly pauses: number;
}

/** One thing that can happen. */
export type Move =
  | { readonly do: 'say'; readonly label: string; readonly fault: boolean; readonly event: number }
  | {
      readonly do: 'settle';
      readonly label: string;
      readonly fault: boolean;
      readonly attempt: number;
      readonly answer: Answer;
    }
  | { readonly do: 'begin'; readonly label: string; readonly fault: boolean; readonly attempt: number }
  | { readonly do: 'permit'; readonly label: string; readonly fault: boolean; readonly attempt: number }
  | { readonly do: 'fire'; readonly label: string; readonly fault: boolean; readonly timerId: string }
  | {
      readonly do: 'wait' | 'tick' | 'take over' | 'outage' | 'pause' | 'resume';
      readonly label: string;
      readonly fault: boolean;
    };

/** What a message did. */
export interface Played {
  readonly point: Point;
  /** Absent for moves that are no message of the call. */
  readonly message?: Message;
  readonly fold?: Fold;
}

/** Rounds that a closed call with an orphan is followed for. */
const CLOSED_ENDS_AT = 'closed';

/** Everything that can happen at a point, the healthy course first. */
export function movesAt(point: Point, scenario: Scenario, fold: CallFold): Move[] {
  const moves: Move[] = [];
  const { situation } = point;
  const faults = point.faults > 0;
  addAnswers(moves, point);
  addTimers(moves, point, scenario, fold);
  if (stateName(situation.call) === CLOSED_ENDS_AT) return moves;
  for (const [index, event] of scenario.events.entries()) {
    if (mayBeSaid(point, event, index))
      moves.push({ do: 'say', label: `say ${event.label}`, fault: false, event: index });
  }
  if (point.ticks > 0) moves.push({ do: 'tick', label: 'tick', fault: false });
  if (faults) {
    moves.push({ do: 'take over', label: 'take over', fault: true });
    moves.push({ do: 'outage', label: 'outage', fault: true });
  }
  if (point.pauses === 2) moves.push({ do: 'pause', label: 'pause', fault: false });
  if (point.pauses === 1) moves.push({ do: 'resume', label: 'resume', fault: false });
  return moves;
}

function mayBeSaid(
  { situation, said, events }: Point,
  { reaction, when }: EnvironmentEvent,
  index: number,
): boolean {
  if ((said & (1 << index)) !== 0 || (reaction !== true && events === 0)) return false;
  return when === undefined || when(contextOf(situation.call));
}

/** Enough for every backoff to have reached its longest; the budgets of legs end before. */
const RETRIES_MAX = 6;

const FAILING: ReadonlySet<string> = new Set(['retry', 'no-responder']);

/** What is broken may stay so without another fault, for a bounded number of attempts. */
function costOf(attempt: Attempt, { outcome, fault }: Answer): 'free' | 'fault' | 'too often' {
  if (!fault) return 'free';
  if (!FAILING.has(outcome.result) || attempt.number === 1) return 'fault';
  return attempt.number > RETRIES_MAX ? 'too often' : 'free';
}

function addAnswers(moves: Move[], { situation, faults }: Point): void {
  const { attempts } = situation;
  for (const [index, attempt] of attempts.entries()) {
    // A dead letter's answer changes nothing else: one order of it is enough.
    if (attempt.kind === 'publish-dead-letter' && attempts.some(({ kind }) => kind !== attempt.kind))
      continue;
    const name = `${attempt.about} #${attempt.number}${attempt.stale ? ' (stale)' : ''}`;
    if (attempt.kind === 'permit-unattended') {
      moves.push({ do: 'permit', label: `permit ${name}`, fault: false, attempt: index });
      continue;
    }
    if (attempt.kind === 'run-end-function' && !attempt.begun && !attempt.stale)
      moves.push({ do: 'begin', label: `begin ${name}`, fault: false, attempt: index });
    for (const answer of answersTo(attempt, situation)) {
      const cost = costOf(attempt, answer);
      const fault = cost === 'fault';
      if (cost === 'too often' || (fault && faults === 0)) continue;
      moves.push({ do: 'settle', label: `settle ${name} ${answer.label}`, fault, attempt: index, answer });
    }
  }
}

function addTimers(moves: Move[], { situation, faults }: Point, { long }: Scenario, fold: CallFold): void {
  const { call, world, at } = situation;
  let next = Infinity;
  let overdue = false;
  for (const timer of call.timers) {
    const due = fold.dueAt(timer, world);
    if (due <= at) {
      overdue = true;
      moves.push({
        do: 'fire',
        label: `fire ${nameOf(timer.timerId, call)}`,
        fault: false,
        timerId: timer.timerId,
      });
    } else next = Math.min(next, due);
  }
  // An owner that is late lets the next timer fall due while this one waits.
  const near = next <= (long === true ? Infinity : at + FAR_MS);
  if (next < Infinity && near && (!overdue || faults > 0))
    moves.push({ do: 'wait', label: 'wait', fault: overdue });
}

/** Ids of effects hang on sequence numbers; their names do not. */
export function nameOf(timerId: string, call: CallState): string {
  if (!timerId.startsWith('effect.')) return timerId;
  const pending = effectById(call, timerId.slice('effect.'.length));
  return pending === undefined
    ? timerId
    : `the backoff of ${attemptOf({ ...pending.request, attempt: 0, position: pending.position }).about}`;
}

/** Plays one move. Throws what the fold throws. */
export function play(point: Point, move: Move, scenario: Scenario, fold: CallFold): Played {
  const left = { ...point, faults: point.faults - (move.fault ? 1 : 0) };
  const { situation } = point;
  switch (move.do) {
    case 'say':
      return say(left, move.event, scenario, fold);
    case 'settle':
    case 'begin':
    case 'permit':
      return answer(left, move, fold);
    case 'fire':
      return hear(left, firing(situation, move.timerId), fold);
    case 'wait':
      return { point: { ...left, situation: { ...situation, at: nextDueAt(situation, fold) } } };
    case 'tick':
      return {
        point: { ...left, ticks: left.ticks - 1, situation: { ...situation, at: situation.at + TICK_MS } },
      };
    case 'outage':
      return { point: restoreLog(left) };
    case 'pause':
      return {
        point: {
          ...left,
          pauses: 1,
          situation: { ...situation, world: { ...situation.world, paused: true } },
        },
      };
    case 'resume':
      return {
        point: redispatch(
          { ...left, pauses: 0, situation: { ...situation, world: { ...situation.world, paused: false } } },
          fold,
        ),
      };
    default:
      return { point: takeOver(left, fold) };
  }
}

function message(
  situation: Situation,
  type: string,
  data: JsonObject,
  gateway: string = PRINCIPALS.onhook,
): Message {
  const seq = situation.seq + 1;
  const { at, call } = situation;
  return { seq, at, gateway, callId: call.callId, type, id: `id-${seq}`, data };
}

/** A message of the owner carries its epoch; the fold does not ask for it. */
const OWNER = { epoch: 1, nonce: 'n' };

function firing(situation: Situation, timerId: string): Message {
  const timer = timerById(situation.call, timerId);
  const data = {
    timerId,
    armedSeq: timer?.armed.seq ?? 0,
    armedEra: timer?.armed.era ?? 0,
    waitedMs: 0,
    ...OWNER,
  };
  return message(situation, 'timer.fired', data);
}

function say(point: Point, index: number, { events }: Scenario, fold: CallFold): Played {
  const event = events[index] as EnvironmentEvent;
  const { situation } = point;
  const data =
    typeof event.data === 'function' ? event.data(contextOf(situation.call), situation.call) : event.data;
  const made = message(situation, event.type, data, event.gateway);
  const said = event.sequence === undefined ? made : { ...made, sequence: event.sequence };
  const left = {
    ...point,
    said: point.said | (1 << index),
    events: point.events - (event.reaction === true ? 0 : 1),
    situation: { ...situation, heard: [...situation.heard, said], spared: sparedAfter(situation, said) },
  };
  return hear(left, said, fold);
}

function sparedAfter({ call, spared }: Situation, { type, data }: Message): readonly string[] {
  const { legs, hangUpAt } = contextOf(call);
  if (type !== 'call.transferred' || hangUpAt !== undefined || stateName(call) === 'closed') return spared;
  return (data['survivors'] as string[] | undefined) ?? Object.keys(legs).filter((key) => key !== 'session');
}

function answer(
  point: Point,
  move: Extract<Move, { do: 'settle' | 'begin' | 'permit' }>,
  fold: CallFold,
): Played {
  const { situation } = point;
  const attempt = situation.attempts[move.attempt] as Attempt;
  const { effectId, number } = attempt;
  const about = { effectId, attempt: number, ...OWNER };
  if (move.do === 'begin') {
    const attempts = situation.attempts.map((one) => (one === attempt ? { ...one, begun: true } : one));
    return hear(
      { ...point, situation: { ...situation, attempts } },
      message(situation, 'effect.attempted', about),
      fold,
    );
  }
  const attempts = situation.attempts.filter((one) => one !== attempt);
  const left = { ...point, situation: { ...situation, attempts } };
  if (move.do === 'permit')
    return hear(left, message(situation, 'unattended.permitted', { effectId, ...OWNER }), fold);
  const outcome = move.answer.outcome as unknown as JsonObject;
  return hear(left, message(situation, 'effect.settled', { ...about, outcome }), fold);
}

function hear(point: Point, heard: Message, fold: CallFold): Played {
  const { situation } = point;
  const folded = fold.foldCall(situation.call, heard, situation.world);
  const sent =
    folded.effects.length === 0
      ? situation.attempts
      : [...situation.attempts, ...folded.effects.map(attemptOf)];
  const attempts = sortAttempts(sent, folded.state);
  return {
    point: { ...point, situation: { ...situation, call: folded.state, seq: heard.seq, attempts } },
    message: heard,
    fold: folded,
  };
}

/** Dues are rounded up to a tick: a timer may always fire a little late. */
export function nextDueAt({ call, world, at }: Situation, fold: CallFold): number {
  let next = Infinity;
  for (const timer of call.timers) {
    const due = fold.dueAt(timer, world);
    if (due > at && due < next) next = due;
  }
  return at + Math.ceil((next - at) / TICK_MS) * TICK_MS;
}

/**
 * The owner is gone between any two messages; the next one reads the checkpoint and asks again for what
 * has no outcome, behind a `log.restored`. Requests of the first may still be answered.
 */
function takeOver(point: Point, fold: CallFold): Point {
  const { call, world } = point.situation;
  const written = JSON.parse(JSON.stringify(fold.toEntry(call))) as ReturnType<CallFold['toEntry']>;
  const restored = fold.fromEntry(written, new Map([[world.config.hash, call.config]]));
  return redispatch(restoreLog({ ...point, situation: { ...point.situation, call: restored } }), fold);
}

/** `log.restored`: absences start again in full (log rule 16). */
function restoreLog(point: Point): Point {
  const { situation } = point;
  return { ...point, situation: { ...situation, world: { ...situation.world, restoredAt: situation.at } } };
}

function redispatch(point: Point, fold: CallFold): Point {
  const { situation } = point;
  const again = fold.pendingEffects(situation.call, situation.world.paused).map(attemptOf);
  // The new owner's come first: they are the ones that the call waits for.
  const attempts = sortAttempts([...again, ...situation.attempts], situation.call);
  return { ...point, situation: { ...situation, attempts } };
}
