/**
 * The decisions alone, in a process of their own: one call's whole life folded from decoded messages,
 * and of that what XState takes, by stepping the same snapshots through the same events again.
 */
import { callStepper } from '../src/actors/machine-fold.ts';
import { foldCall, startCall } from '../src/actors/call-actor.ts';
import type { ArmedTimer, CallState, Fold, World } from '../src/actors/call-state.ts';
import { DEFAULT_TIMERS } from '../src/contract/timers.ts';
import type { JsonObject } from '../src/contract/json.ts';
import type { Message } from '../src/contract/message.ts';
import { pinConfig } from '../src/supervisor/stable-json.ts';
import { expose } from './child.ts';

const config = pinConfig({ timers: DEFAULT_TIMERS, mode: 'own', functions: [], providers: ['twilio'] });
const world: World = { era: 0, config, restoredAt: 0, paused: false };

/** Plays the log, the carrier and the gateway of one call. */
class OneCall {
  readonly messages: Message[] = [];
  state: CallState | undefined;
  readonly callId: string;
  private at = 1_700_000_000_000;

  constructor(index: number) {
    this.callId = `CA${index.toString(16).padStart(32, '0')}`;
  }

  run(): this {
    const { callId } = this;
    this.say('bench', 'call.started', {
      provider: 'twilio',
      legs: { carrier: { callSid: callId } },
      direction: 'inbound',
    });
    this.say('bench', 'end.requested', { by: 'agent', reason: 'done' });
    for (let timer = this.settling(); timer !== undefined; timer = this.settling()) {
      this.at += DEFAULT_TIMERS.settleMs;
      this.say('_onhook', 'timer.fired', {
        timerId: timer.timerId,
        armedSeq: timer.armed.seq,
        armedEra: timer.armed.era,
        waitedMs: DEFAULT_TIMERS.settleMs,
      });
    }
    return this;
  }

  private settling(): ArmedTimer | undefined {
    return this.state?.timers.find(({ timerId }) => timerId.startsWith('settle.'));
  }

  private say(gateway: string, type: string, data: JsonObject): void {
    const seq = this.messages.length + 1;
    const message: Message = {
      seq,
      at: (this.at += 1),
      gateway,
      callId: this.callId,
      type,
      id: `${seq}`,
      data,
    };
    this.messages.push(message);
    const fold = this.state === undefined ? startCall(message, world) : foldCall(this.state, message, world);
    if ('refused' in fold) throw new Error(fold.refused);
    this.state = fold.state;
    for (const effect of fold.effects) this.perform(effect);
  }

  private perform({ effectId, attempt, payload }: Fold['effects'][number]): void {
    const outcome = { result: 'done', status: 'completed' };
    this.say('_onhook', 'effect.settled', { effectId, attempt, outcome, epoch: 1, nonce: 'bench' });
    if ('verb' in payload && payload.verb === 'mark') {
      this.say('bench', 'mark.echoed', { name: payload.body['name'] as string });
    }
  }
}

function foldAll(messages: readonly Message[]): CallState {
  let state: CallState | undefined;
  for (const message of messages) {
    const fold = state === undefined ? startCall(message, world) : foldCall(state, message, world);
    if (!('refused' in fold)) state = fold.state;
  }
  return state as CallState;
}

export interface StepCost {
  readonly messages: number;
  readonly foldUs: number;
  readonly xstateUs: number;
  readonly closed: boolean;
}

/** CPU, so that what else the machine does weighs less. */
function usPerRun(runs: number, act: (run: number) => void): number {
  for (let i = 0; i < runs / 2; i += 1) act(i);
  const before = process.cpuUsage();
  for (let i = 0; i < runs; i += 1) act(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / runs;
}

/** Calls that are folded in turn: ids that come again and again would make objects look cheaper than they are. */
const CALLS = 5_000;

function measure(runs: number): StepCost {
  const call = new OneCall(0);
  const { start, next } = callStepper;
  const replay: (() => void)[] = [];
  // The stepper is one object for all folds: what passes through it is noted once, then left alone.
  callStepper.start = (input) => {
    replay.push(() => void start(input));
    return start(input);
  };
  callStepper.next = (snapshot, event) => {
    replay.push(() => void next(snapshot, event));
    return next(snapshot, event);
  };
  call.run();
  Object.assign(callStepper, { start, next });
  const calls = Array.from({ length: CALLS }, (_, index) => new OneCall(index).run().messages);
  return {
    messages: call.messages.length,
    foldUs: usPerRun(runs, (run) => void foldAll(calls[run % CALLS] ?? [])),
    xstateUs: usPerRun(runs, () => replay.forEach((step) => step())),
    closed: call.state?.snapshot.value === 'closed',
  };
}

const methods = { measure };

export type StepMethods = typeof methods;

expose(methods);
