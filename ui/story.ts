/**
 * A call's messages as a story: phases, in them what happened and what followed. Outcomes stand beside
 * the effect that they belong to, and talk is counted instead of listed.
 */
import type { Played } from '../src/actors/tape.ts';
import type { Outcome } from '../src/contract/outcome.ts';
import { settledIn } from '../src/contract/settled.ts';
import { effectWords, messageWords, moodOf, resultWords, speakerOf } from './words/messages.ts';
import type { Mood, Speaker } from './words/messages.ts';
import { plural } from './format.ts';
import { terminationWords } from './words/ends.ts';
import { delayOf } from './words/ids.ts';
import { textOf } from './words/text.ts';

export interface Attempt {
  readonly attempt: number;
  readonly startedAt: number;
  endedAt?: number;
  words?: string;
  detail?: string;
  mood?: Mood;
}

export interface Followed {
  readonly kind: 'effect' | 'leg' | 'alarm' | 'state' | 'withdrawn' | 'told';
  readonly words: string;
  readonly mood: Mood;
  readonly attempts: Attempt[];
}

export interface Happened {
  readonly seq: number;
  readonly at: number;
  readonly speaker: Speaker;
  words: string;
  /** Not applied: a duplicate, too late, refused. */
  readonly verdict?: string;
  readonly followed: Followed[];
  /** Messages that it stands for, by type: talk. */
  readonly talk?: Map<string, number>;
}

export interface Phase {
  readonly state: string;
  readonly at: number;
  until?: number;
  readonly happened: Happened[];
}

const TALK: Readonly<Record<string, string>> = {
  'caller.spoke': 'caller utterance',
  'agent.spoke': 'agent utterance',
  'transcript.appended': 'transcript line',
  'state.patched': 'change of the call state',
};

/** Books of our own, told where their effect stands. */
const QUIET = new Set(['effect.attempted']);

/** Pure; the whole story is told anew when there are more messages. */
export function tellStory(played: readonly Played[]): Phase[] {
  const phases: Phase[] = [];
  const effects = new Map<string, Followed>();
  for (const one of played) {
    const phase = phases.at(-1) ?? begin(phases, 'active', one.at);
    const happened = happenedOf(one, effects);
    if (happened !== undefined) append(phase, happened);
    for (const { type, data } of one.notes) {
      if (type === 'state.changed') begin(phases, textOf(data['to']), one.at);
      if (type === 'call.closed' && phases.at(-1)?.state !== 'closed') begin(phases, 'closed', one.at);
    }
  }
  return phases;
}

function begin(phases: Phase[], state: string, at: number): Phase {
  const last = phases.at(-1);
  if (last !== undefined) last.until = at;
  const phase: Phase = { state, at, happened: [] };
  phases.push(phase);
  return phase;
}

function append(phase: Phase, happened: Happened): void {
  const last = phase.happened.at(-1);
  if (happened.talk === undefined || last?.talk === undefined) {
    phase.happened.push(happened);
    return;
  }
  for (const [type, count] of happened.talk) last.talk.set(type, (last.talk.get(type) ?? 0) + count);
  last.words = talkWords(last.talk);
}

function talkWords(talk: ReadonlyMap<string, number>): string {
  return `they talk: ${[...talk].map(([type, count]) => plural(count, TALK[type] ?? type)).join(', ')}`;
}

function happenedOf(one: Played, effects: Map<string, Followed>): Happened | undefined {
  const { seq, at, gateway, type, data, verdict } = one;
  settle(one, effects);
  const followed = followedOf(one, effects);
  if (QUIET.has(type)) return followed.length === 0 ? undefined : ours(one, 'an attempt began', followed);
  if (type === 'effect.settled') {
    return followed.length === 0 ? undefined : ours(one, settledWords(one, effects), followed);
  }
  if (verdict !== 'applied') {
    // What was held comes again when the call starts.
    if (type === 'timer.fired' || verdict === 'duplicate' || verdict === 'held') return undefined;
    return { seq, at, speaker: speakerOf(gateway, type), words: messageWords(type, data), verdict, followed };
  }
  // The attempt that it begins is listed beside its effect.
  if (isRetry(one) && followed.every(({ kind }) => kind === 'told')) return undefined;
  if (type in TALK && followed.length === 0) {
    const talk = new Map([[type, 1]]);
    return { seq, at, speaker: 'caller', words: talkWords(talk), followed, talk };
  }
  return { seq, at, speaker: speakerOf(gateway, type), words: messageWords(type, data), followed };
}

function isRetry({ type, data }: Played): boolean {
  return type === 'timer.fired' && delayOf(textOf(data['timerId'])) === 'effect';
}

function ours({ seq, at }: Played, words: string, followed: Followed[]): Happened {
  return { seq, at, speaker: 'onhook', words, followed };
}

function settledWords(one: Played, effects: ReadonlyMap<string, Followed>): string {
  const words = settledIn(one).map(({ effectId }) => {
    const effect = effects.get(effectId);
    return effect && `${effect.words}: ${effect.attempts.at(-1)?.words ?? ''}`;
  });
  return words.map((each) => each ?? 'an outcome came back').join(', ');
}

/** Writes each outcome beside its attempt. */
function settle(one: Played, effects: ReadonlyMap<string, Followed>): void {
  for (const { effectId, attempt, outcome } of settledIn(one)) {
    const attempts = effects.get(effectId)?.attempts ?? [];
    const ended = attempts.findLast((known) => known.attempt === attempt) ?? attempts.at(-1);
    if (ended !== undefined) end(ended, one.at, outcome);
  }
}

function end(attempt: Attempt, at: number, outcome: Partial<Outcome>): void {
  attempt.endedAt = at;
  attempt.words = resultWords(outcome.result ?? '');
  attempt.mood = moodOf(outcome.result ?? '');
  const detail = outcome.status ?? outcome.code;
  if (detail !== undefined) attempt.detail = detail;
}

const ORDER: readonly Followed['kind'][] = ['leg', 'told', 'alarm', 'withdrawn', 'effect', 'state'];

function followedOf(one: Played, effects: Map<string, Followed>): Followed[] {
  const followed: Followed[] = [];
  for (const { effectId, kind, payload, attempt } of one.effects) {
    const made: Attempt = { attempt, startedAt: one.at };
    const known = effects.get(effectId);
    if (known !== undefined) {
      known.attempts.push(made);
      followed.push({
        kind: 'told',
        words: `${known.words}, attempt ${attempt}`,
        mood: 'plain',
        attempts: [],
      });
      continue;
    }
    const effect: Followed = {
      kind: 'effect',
      words: effectWords({ kind, payload }),
      mood: 'plain',
      attempts: [made],
    };
    effects.set(effectId, effect);
    followed.push(effect);
  }
  for (const effectId of one.withdrawn) {
    const known = effects.get(effectId);
    if (known === undefined) continue;
    followed.push({
      kind: 'withdrawn',
      words: `no longer wanted: ${known.words}`,
      mood: 'plain',
      attempts: [],
    });
  }
  for (const { type, data } of one.notes) {
    const told = noteOf(type, data);
    if (told !== undefined) followed.push(told);
  }
  // First what was learned, then what is done about it, then where that leads.
  return followed.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function noteOf(type: string, data: Readonly<Record<string, unknown>>): Followed | undefined {
  const make = (kind: Followed['kind'], words: string, mood: Mood): Followed => ({
    kind,
    words,
    mood,
    attempts: [],
  });
  switch (type) {
    case 'state.changed':
      return make('state', textOf(data['to']), 'plain');
    case 'leg.settled': {
      const { words, good } = terminationWords(textOf(data['termination']));
      return make('leg', `${textOf(data['leg'])} ${words}`, good ? 'good' : 'bad');
    }
    case 'alarm.raised':
      return make('alarm', textOf(data['code']).replaceAll('_', ' '), 'bad');
    case 'end.refused':
      return make('told', `the end was refused: ${textOf(data['code']).replaceAll('_', ' ')}`, 'bad');
    case 'end.cancelled':
      return make('told', 'the end was taken back', 'plain');
    default:
      return undefined;
  }
}
