/**
 * The way of a verified webhook into the log: find its call, append with an ack. Answered with success
 * only once it is stored, so that a carrier that retries loses nothing.
 */
import { encodeEvent } from '../contract/encode.ts';
import type { LegEntry } from '../contract/leg-entry.ts';
import { MISSED_WEBHOOK } from '../contract/leg-entry.ts';
import type { JsonObject } from '../contract/json.ts';
import { deadLetterSubject, PRINCIPALS } from '../contract/subjects.ts';
import { WrongLastSequence } from '../log/log.ts';
import { createLegFinder, findLeg } from './find-leg.ts';
import type { LegQuestion } from './find-leg.ts';
import { createRoomCheck } from './log-room.ts';
import type { IngressParts } from './parts.ts';
import { Problem } from './problem.ts';

/** A fact that a provider told, before its call is known. */
export interface WebhookFact extends LegQuestion {
  readonly type: 'leg.status' | 'participant.joined' | 'participant.left' | 'room.finished';
  /** The same for every repeat of this fact (field rule 56). */
  readonly id: string;
  /** Without the leg, which is looked up. */
  readonly data: JsonObject;
  /** How the provider names the leg: for the dead letter. */
  readonly address: JsonObject;
}

/** Where verified facts are handed in. */
export interface Inbox {
  /**
   * Resolves once it is in the log, or once a room is known to be none of ours: others may use the same
   * LiveKit server. May run twice: a repeat is stored once. Rejects with `LogUnavailable`,
   * `LogFull`, and the problems `call_unknown`, `too_many_held`, `log_full`.
   */
  deliver(fact: WebhookFact): Promise<void>;
}

/** Remembered ids, so that replays cost no append; the log and the fold refuse them as well. */
const STORED_MAX = 10_000;
/** Carriers give up after 15 s (Twilio), of which up to 10 were spent on waiting for the call. */
const APPEND_TIMEOUT_MS = 3_000;

/** Of one edge: remembers what it stored. */
export function createInbox(parts: IngressParts, closing: AbortSignal): Inbox {
  const { log, clock } = parts;
  // On a server that others use too, their rooms must not take the places of our lines.
  const finders = {
    lines: createLegFinder(log, clock, closing),
    rooms: createLegFinder(log, clock, closing),
  };
  const checkRoom = createRoomCheck(log, clock);
  const stored = new Set<string>();
  return {
    async deliver(fact) {
      const key = `${fact.type}/${fact.id}`;
      if (stored.has(key)) return;
      await checkRoom();
      const isRoom = fact.type !== 'leg.status';
      const found = await finders[isRoom ? 'rooms' : 'lines'].await(fact);
      const entry = found ?? (closing.aborted ? undefined : await giveUp(parts, fact));
      if (entry === undefined && isRoom && !closing.aborted) return parts.onForeignRoom?.();
      if (entry === undefined) {
        if (!closing.aborted) await bury(parts, fact);
        throw new Problem('call_unknown', 'no call.started named this leg within 10 s');
      }
      const { type, id } = fact;
      const data = type === 'leg.status' ? { leg: entry.leg, ...fact.data } : fact.data;
      const gateway = PRINCIPALS.ingress;
      const event = encodeEvent({ prefix: log.prefix, gateway, callId: entry.callId, type, id, data });
      await log.append('log', event, { messageId: event.messageId, timeoutMs: APPEND_TIMEOUT_MS });
      stored.add(key);
      const [oldest] = stored;
      if (stored.size > STORED_MAX && oldest !== undefined) stored.delete(oldest);
    },
  };
}

/** What says that a line is over, where it is lost: then the line must be asked for. */
const ENDS: ReadonlySet<string> = new Set(['leg.status', 'room.finished']);

/**
 * Leaves word where the leg would be registered, so that whoever registers it asks for its line (log rule
 * 23). The entry, if it is registered at this very moment.
 */
async function giveUp({ log }: IngressParts, fact: WebhookFact): Promise<LegEntry | undefined> {
  if (!ENDS.has(fact.type)) return undefined;
  for (const key of fact.keys) {
    try {
      await log.bucket('legs').create(key, MISSED_WEBHOOK);
    } catch (error) {
      if (!(error instanceof WrongLastSequence)) throw error;
      const entry = await findLeg(log, { ...fact, keys: [key] });
      if (entry !== undefined) return entry;
    }
  }
  return undefined;
}

/** Log rule 23. Each fact once, however often the carrier tries: its id is the message id. */
async function bury({ log, clock, logger }: IngressParts, fact: WebhookFact): Promise<void> {
  const { type, id, address, data } = fact;
  logger.warn('a verified webhook found no call', { type });
  const letter = { kind: 'input', reason: 'call_unknown', at: clock.now(), type, id, address, data };
  const message = {
    subject: deadLetterSubject(log.prefix, 'input'),
    data: Buffer.from(JSON.stringify(letter)),
  };
  await log.append('deadLetters', message, {
    messageId: `input/${type}/${id}`,
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}
