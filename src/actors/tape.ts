/**
 * A call's own messages, ready to be played: each with the world that its fold saw. JSON, so that the
 * same production fold plays it in a command, in a browser and in a test.
 */
import type { JsonObject } from '../contract/json.ts';
import type { Message } from '../contract/message.ts';
import { foldCall, startCall } from './call-actor.ts';
import type { CallState, Fold, World } from './call-state.ts';

/** A stored message of the call that was never given to it. */
export interface RefusedMessage {
  readonly seq: number;
  /** Stream time, ms since the epoch. */
  readonly at: number;
  readonly gateway: string;
  readonly type: string;
  /** `invalid: data.name: …` */
  readonly reason: string;
}

/** `world` is an index of the tape's worlds. */
export type TapeEntry =
  { readonly message: Message; readonly world: number } | { readonly refused: RefusedMessage };

export interface Tape {
  readonly callId: string;
  /** In stored order. */
  readonly entries: readonly TapeEntry[];
  readonly worlds: readonly World[];
}

/** One message and what the fold made of it. */
export interface Played {
  readonly seq: number;
  /** Stream time, ms since the epoch. */
  readonly at: number;
  readonly gateway: string;
  readonly type: string;
  readonly data: JsonObject;
  /** The fold's verdict; `held` or `dropped` before the call started, else why it was refused. */
  readonly verdict: string;
  /** After it; absent before the call started. */
  readonly state?: CallState;
  /** What it asked for, took back and told. */
  readonly effects: Fold['effects'];
  readonly withdrawn: Fold['withdrawn'];
  readonly notes: Fold['notes'];
}

/** Marks echoed before a call started are dropped, other events wait for its start (log rule 22). */
const DROPPED = 'mark.echoed';

const NOTHING = { effects: [], withdrawn: [], notes: [] } as const;

/**
 * Plays a tape from its beginning; pure, so any number of times with the same result. Throws what the
 * fold throws: a defect, which the owner would have answered with a quarantine.
 */
export function playTape({ entries, worlds }: Tape): Played[] {
  let state: CallState | undefined;
  const held: { readonly message: Message; readonly world: World }[] = [];
  const played: Played[] = [];
  const apply = (message: Message, world: World): void => {
    const { verdict, ...done } = applied(state, message, world);
    state = done.state ?? state;
    played.push({ ...facts(message), verdict, ...done, ...(state === undefined ? {} : { state }) });
  };
  for (const entry of entries) {
    if ('refused' in entry) {
      const { reason, ...about } = entry.refused;
      played.push({ ...about, data: {}, verdict: reason, ...NOTHING });
      continue;
    }
    const { message } = entry;
    const world = worlds[entry.world];
    if (world === undefined) continue;
    if (state === undefined && message.type !== 'call.started') {
      played.push({ ...facts(message), verdict: message.type === DROPPED ? 'dropped' : 'held', ...NOTHING });
      if (message.type !== DROPPED) held.push({ message, world });
      continue;
    }
    apply(message, world);
    if (state !== undefined) for (const earlier of held.splice(0)) apply(earlier.message, earlier.world);
  }
  return played;
}

function facts({
  seq,
  at,
  gateway,
  type,
  data,
}: Message): Pick<Played, 'seq' | 'at' | 'gateway' | 'type' | 'data'> {
  return { seq, at, gateway, type, data };
}

type Applied = Pick<Played, 'verdict' | 'effects' | 'withdrawn' | 'notes'> & { readonly state?: CallState };

function applied(state: CallState | undefined, message: Message, world: World): Applied {
  if (state !== undefined) return foldCall(state, message, world);
  const started = startCall(message, world);
  if (!('refused' in started)) return started;
  const { refused, effects, notes } = started;
  return { verdict: `refused: ${refused}`, effects, withdrawn: [], notes };
}
