/** Messages, effects and outcomes in words: what happened, said by whom. */
import type { JsonObject } from '../../src/contract/json.ts';
import { span, spaced } from '../format.ts';
import { delayOf } from './ids.ts';
import { thenOf } from './timers.ts';

export type Speaker = 'caller' | 'gateway' | 'carrier' | 'operator' | 'onhook';

const CALLERS = new Set(['caller.spoke', 'caller.left']);

/** Who a message is from, as a person would say it. */
export function speakerOf(gateway: string, type: string): Speaker {
  if (CALLERS.has(type)) return 'caller';
  if (gateway === '_ingress') return 'carrier';
  if (gateway === '_operator') return 'operator';
  return gateway === '_onhook' ? 'onhook' : 'gateway';
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const because = (value: unknown): string => {
  const word = text(value);
  return word === undefined ? '' : `: ${spaced(word)}`;
};
const lasting = (value: unknown): string => (typeof value === 'number' ? `, ${span(value)} of audio` : '');

const WORDS: Readonly<Record<string, (data: JsonObject) => string>> = {
  'call.started': ({ direction, provider }) =>
    `${text(direction) ?? ''} call started${text(provider) === undefined ? '' : ` through ${text(provider)}`}`.trim(),
  'leg.added': ({ key }) => `a leg was added: ${text(key) ?? ''}`,
  'call.answered': () => 'the call was answered',
  'stream.started': () => 'media began',
  'stream.stopped': () => 'media stopped',
  'end.requested': ({ by, reason }) =>
    `${text(by) ?? 'the agent'} asked for the end${text(reason) === undefined ? '' : `: ${text(reason)}`}`,
  'farewell.started': ({ expectedMs }) => `the goodbye began${lasting(expectedMs)}`,
  'farewell.finished': ({ audioMs, interrupted }) =>
    interrupted === true ? 'the goodbye was interrupted' : `the goodbye was sent${lasting(audioMs)}`,
  'farewell.failed': ({ detail }) => `there will be no goodbye${because(detail)}`,
  'mark.echoed': () => 'the mark came back: the goodbye was heard',
  'playback.cleared': () => 'buffered audio was thrown away',
  'caller.spoke': () => 'the caller spoke',
  'agent.spoke': () => 'the agent spoke',
  'activity.paused': () => 'on hold, or in a long tool',
  'activity.resumed': () => 'the conversation goes on',
  'caller.left': ({ cause }) => `the caller hung up${because(cause)}`,
  'call.ended': ({ reason }) => `the gateway ended the call itself${because(reason)}`,
  'transfer.started': () => 'a transfer rings',
  'transfer.failed': () => 'the transfer failed',
  'call.transferred': () => 'the call was transferred',
  'state.patched': () => 'the call state changed',
  'transcript.appended': () => 'a line of transcript',
  'leg.status': ({ leg, status }) => `${text(leg) ?? 'a leg'} is ${text(status) ?? 'unknown'}`,
  'participant.joined': ({ kind }) => `${participant(kind)} joined the room`,
  'participant.left': ({ kind, reason }) => `${participant(kind)} left the room${because(reason)}`,
  'room.finished': () => 'the room is finished',
  'operator.end-requested': ({ reason }) => `an operator asked for the end${because(reason)}`,
  'operator.kill-requested': ({ reason }) => `an operator killed the call${because(reason)}`,
  'operator.end-cancelled': ({ reason }) => `an operator took the end back${because(reason)}`,
  'call.quarantined': () => 'a fault: the call is hung up safely',
  'unattended.permitted': () => 'permitted to end without evidence',
  'timer.fired': ({ timerId }) => timerWords(text(timerId) ?? ''),
};

function participant(kind: unknown): string {
  return kind === 'AGENT' ? 'the agent' : kind === 'SIP' ? 'the caller' : 'somebody';
}

function timerWords(timerId: string): string {
  if (delayOf(timerId) === 'effect') return 'the wait before the next attempt is over';
  return `time is up: ${thenOf(timerId)}`;
}

/** What happened. A type without words of its own is shown as it is. */
export function messageWords(type: string, data: JsonObject): string {
  return WORDS[type]?.(data) ?? spaced(type);
}

export interface EffectAbout {
  readonly kind: string;
  readonly payload?: object;
  readonly subject?: string | undefined;
}

/** What was asked for: `hang up carrier`, `tell the gateway: mark`. */
export function effectWords({ kind, payload = {}, subject }: EffectAbout): string {
  const named = payload as { verb?: string; leg?: string; function?: string; deadLetter?: string };
  const about = named.leg ?? subject ?? '';
  switch (kind) {
    case 'command':
      return `tell the gateway: ${(named.verb ?? subject ?? '').replaceAll('-', ' ')}`;
    case 'hang-up-leg':
      return `hang up ${about}`;
    case 'ask-leg':
      return `ask whether ${about} lives`;
    case 'delete-room':
      return 'delete the room';
    case 'stop-egress':
      return 'stop the recording';
    case 'run-end-function':
      return `run ${named.function ?? about}`;
    case 'publish-record':
      return 'store the record';
    case 'publish-dead-letter':
      return `keep a dead letter: ${named.deadLetter ?? ''}`;
    case 'permit-unattended':
      return 'ask for permission to end';
    default:
      return spaced(kind);
  }
}

const RESULTS: Readonly<Record<string, string>> = {
  done: 'done',
  'already-gone': 'was gone already',
  accepted: 'accepted, not proven',
  live: 'it lives',
  refused: 'refused',
  'no-responder': 'nobody answered',
  retry: 'failed, to be tried again',
  fatal: 'failed for good',
};

/** What came of an attempt. */
export function resultWords(result: string): string {
  return RESULTS[result] ?? spaced(result);
}

export type Mood = 'good' | 'bad' | 'plain';

/** How it is coloured. */
export function moodOf(result: string): Mood {
  if (result === 'done' || result === 'already-gone' || result === 'live') return 'good';
  return result === 'accepted' ? 'plain' : 'bad';
}
