/**
 * What must change nothing, tried in every state: repeats, timers that are early or no longer armed,
 * a second start, answers that nobody waits for, and anything at all once the call is closed.
 */
import type { CallState, Fold, World } from '../../actors/call-state.ts';
import { effectById } from '../../actors/call-state.ts';
import { stateName, contextOf } from '../../actors/record.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Message } from '../../contract/message.ts';
import { PRINCIPALS } from '../../contract/subjects.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import { GATEWAY } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import type { Situation } from './situation.ts';

interface Probe {
  readonly invariant: number;
  readonly what: string;
  readonly message: Message;
}

/** What broke, in words that begin with the invariant's number; undefined when nothing did. */
export function brokenProbe(situation: Situation, scenario: Scenario, fold: CallFold): string | undefined {
  const { call, world } = situation;
  for (const { invariant, what, message } of probesOf(situation, scenario, fold)) {
    const folded = foldOne(call, message, world, fold);
    if (folded !== undefined && isInert(call, folded)) continue;
    return `${invariant}: ${what} changes nothing (${message.type})`;
  }
  return undefined;
}

function foldOne(call: CallState, message: Message, world: World, fold: CallFold): Fold | undefined {
  try {
    return fold.foldCall(call, message, world);
  } catch {
    return undefined;
  }
}

/** A refused reuse of an id is told to the gateway; nothing else may be asked for. */
function isInert(call: CallState, { state, effects, verdict }: Fold): boolean {
  const same =
    state.snapshot === call.snapshot &&
    state.timers === call.timers &&
    state.effects === call.effects &&
    state.account === call.account;
  return (
    same &&
    verdict !== 'applied' &&
    effects.every(({ payload }) => 'verb' in payload && payload.verb === 'call-refused')
  );
}

function* probesOf(situation: Situation, scenario: Scenario, fold: CallFold): Generator<Probe> {
  const { call, world, at, heard } = situation;
  const closed = stateName(call) === 'closed';
  const make = (type: string, data: JsonObject, gateway: string = PRINCIPALS.onhook): Message => ({
    seq: situation.seq + 1,
    at,
    gateway,
    callId: call.callId,
    type,
    id: 'probe',
    data,
  });
  for (const { id, type, data, gateway, sequence } of heard) {
    const again = { ...make(type, data, gateway), id };
    yield {
      invariant: 13,
      what: 'a repeat',
      message: sequence === undefined ? again : { ...again, sequence },
    };
  }
  yield { invariant: 16, what: 'a second start', message: make('call.started', scenario.start, GATEWAY) };
  yield {
    invariant: 16,
    what: 'a start with other legs',
    message: make('call.started', OTHER_START, GATEWAY),
  };
  for (const timer of call.timers) {
    const { timerId, armed, absence, durationMs } = timer;
    const firing = { timerId, armedSeq: armed.seq, armedEra: armed.era, waitedMs: 0, epoch: 1, nonce: 'n' };
    const stale = { ...firing, armedSeq: armed.seq - 1, waitedMs: durationMs };
    yield { invariant: 4, what: 'a firing of an older arming', message: make('timer.fired', stale) };
    yield {
      invariant: 4,
      what: 'a firing of an older era',
      message: make('timer.fired', { ...firing, armedEra: armed.era - 1, waitedMs: durationMs }),
    };
    const due = fold.dueAt(timer, world);
    if (due <= at) continue;
    const early = absence ? { ...firing, waitedMs: durationMs } : firing;
    yield {
      invariant: 4,
      what: 'a timer at its due time less 1 ms',
      message: { ...make('timer.fired', early), at: due - 1 },
    };
  }
  const unknown = { effectId: 'unknown', attempt: 1, outcome: { result: 'done' }, epoch: 1, nonce: 'n' };
  yield { invariant: 13, what: 'an answer that nobody waits for', message: make('effect.settled', unknown) };
  if (!closed) return;
  for (const { type, data, gateway } of scenario.events) {
    const told = typeof data === 'function' ? data(contextOf(call), call) : data;
    // An unconfirmed leg outlives its call: its answer is waited for.
    if (type === 'effect.settled' && effectById(call, String(told['effectId'])) !== undefined) continue;
    yield { invariant: 15, what: 'an event after the end', message: make(type, told, gateway) };
  }
}

const OTHER_START = { provider: 'twilio', legs: { carrier: { callSid: 'CA-other' } } };
