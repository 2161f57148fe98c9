/** What a call waits for, in a sentence: by its state and the sub-states that are in force. */
import type { CallStateName } from '../../src/supervisor/view.ts';

export const STATES: readonly CallStateName[] = [
  'active',
  'farewell-speaking',
  'draining',
  'terminating',
  'post-processing',
  'closed',
];

/** What each state is about. */
export const STATE_WORDS: Readonly<Record<CallStateName, string>> = {
  active: 'The conversation goes on',
  'farewell-speaking': 'The gateway produces the goodbye',
  draining: 'The goodbye is buffered and plays',
  terminating: 'Every leg is being ended',
  'post-processing': 'The line is down, the work after it runs',
  closed: 'Nothing changes any more',
};

/** State path → what is waited for there. Only what an operator must know; the rest is the normal case. */
const WAITS: Readonly<Record<string, string>> = {
  'active.answer.awaited': 'an answer of the far end',
  'active.gateway.pinged': 'the silent gateway, which was pinged',
  'active.gateway.silent': 'word of the silent gateway, or of the carrier',
  'active.gateway.lost': 'permission to end: the gateway is lost',
  'active.media.stopped': 'media to come back, or the carrier to say that the call ended',
  'active.media.lost': 'permission to end: media is lost',
  'active.company.caller-away': 'the caller to rejoin the room',
  'active.company.caller-lost': 'permission to end: the caller is gone',
  'active.company.agent-away': 'the agent to rejoin the room',
  'active.company.agent-lost': 'permission to end: the agent is gone',
  'active.transfer.ringing': 'a ringing transfer',
  'active.silence.paused': 'the gateway to resume, on hold or in a long tool',
  'farewell-speaking.awaiting-start': 'the goodbye to begin',
  'farewell-speaking.speaking': 'the goodbye to be spoken',
  'farewell-speaking.holding': 'the caller to finish speaking',
  'draining.unmarked': 'the rest of the goodbye to play',
  'draining.marked': 'the mark to come back, as proof',
  'draining.holding': 'the caller to finish speaking',
  'terminating.carrier.observed': 'the carrier leg to end by itself',
  'terminating.carrier.watched': 'the carrier leg to end by itself',
  'terminating.carrier.grace': 'the gateway to end the carrier leg itself',
  'terminating.carrier.behind-room': 'the room to show its carrier leg',
  'terminating.carrier.leaving-room': 'the carrier leg to leave with its room',
  'terminating.carrier.hanging-up': 'the carrier to confirm the hangup',
  'terminating.carrier.verifying': 'the carrier to say that the leg ended',
  'terminating.carrier.asking': 'the carrier to say whether the leg lives',
  'terminating.carrier.last-look': "the carrier's last word on the leg",
  'terminating.room.observed': 'the room to end by itself',
  'terminating.room.watched': 'the room to end by itself',
  'terminating.room.grace': 'the gateway to end the room itself',
  'terminating.room.stopping-egress': 'the recording to stop',
  'terminating.room.deleting': 'the room to be deleted',
  'terminating.session.grace': 'the gateway to close its session',
  'terminating.session.closing': 'the gateway to close its session',
  'terminating.others.grace': 'the gateway to end the further legs itself',
  'terminating.others.ending.hanging-up': 'the further legs to be hung up',
  'terminating.others.ending.verifying': 'the further legs to end',
  'terminating.others.ending.asking': 'word on the further legs',
  'post-processing.settling': 'late words of speech recognition',
  'post-processing.running': 'the end functions',
  'post-processing.recording': 'the record to be stored',
};

/** Every node of a state value, from the outside in: `terminating`, `terminating.carrier`, … */
export function pathsOf(value: unknown, above = ''): string[] {
  const join = (key: string): string => (above === '' ? key : `${above}.${key}`);
  if (typeof value === 'string') return [join(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [join(key), ...pathsOf(below, join(key))]);
}

/** What is waited for; empty for a conversation that simply goes on. */
export function waitsFor(value: unknown): string[] {
  return pathsOf(value).flatMap((path) => WAITS[path] ?? []);
}

/** Where the state is known and its sub-states are not yet. */
const IN_GENERAL: Readonly<Record<string, string>> = {
  active: 'the conversation',
  'farewell-speaking': 'the goodbye to be spoken',
  draining: 'the goodbye to play',
  terminating: 'every leg to end',
  'post-processing': 'the work after the call',
};

/** One line for a list. */
export function waitsInShort(state: string, value: unknown): string {
  if (state === 'closed') return '';
  const [first, ...more] = waitsFor(value);
  if (first === undefined) return IN_GENERAL[state] ?? '';
  return more.length === 0 ? first : `${first}, and ${more.length} more`;
}
