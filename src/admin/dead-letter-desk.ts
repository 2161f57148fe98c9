/**
 * An operator's word about a dead letter, on its way into the log: with the newest record of its call, so
 * that the owner can act on it also when it has forgotten the call (log rule 37).
 */
import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../contract/json.ts';
import type { DeskRequest, Revival } from '../contract/own-events.ts';
import { ownMessage } from '../contract/own-events.ts';
import { recordSubject } from '../contract/subjects.ts';
import type { Log } from '../log/log.ts';
import { INCARNATION_HEADER } from '../contract/record-headers.ts';
import { findCall } from './find-call.ts';
import type { AdminParts } from './parts.ts';
import { Problem } from './problem.ts';
import type { DeadLetter } from './stored.ts';

/** What is done with a letter. */
export type DeskAction = 'redrive' | 'discard';

/** Our own messages carry at most 512 KiB; a longer transcript stays in the letter. */
const REVIVAL_MAX_BYTES = 480 * 1024;

/**
 * Resolves with the sequence of the word in the log; undefined for an input, which is only removed. May
 * run twice: what is under way or settled is not done again. Throws `dead_letter_final`; rejects with
 * `LogUnavailable`, after which it may have been stored.
 */
export async function settleLetter(
  parts: AdminParts,
  letter: DeadLetter,
  action: DeskAction,
  note?: string,
): Promise<number | undefined> {
  const { log } = parts;
  const body = objectOf(letter.letter);
  const subject = textOf(body['function'] ?? body['leg']);
  const letterId = textOf(body['id']);
  const kind = letter.kind === 'function' || letter.kind === 'leg' ? letter.kind : undefined;
  if (kind === undefined || subject === undefined || letterId === undefined || letter.callId === undefined) {
    if (action === 'redrive') throw new Problem('dead_letter_final', 'mend its sender; it publishes anew');
    await log.remove('deadLetters', Number(letter.id));
    return undefined;
  }
  const revival = await revivalOf(log, letter.callId, kind, subject, body);
  if (revival === undefined && (await findCall(parts, letter.callId)).detail === undefined)
    throw new Problem('dead_letter_final', 'neither its call nor its record is there any more; discard it');
  const data: DeskRequest = {
    kind,
    subject,
    letterId,
    ...(note === undefined ? {} : { note }),
    ...(revival === undefined ? {} : { revival }),
  };
  const message = ownMessage(log.prefix, letter.callId, `${action}.requested`, randomUUID(), data);
  return (await log.append('log', message)).seq;
}

async function revivalOf(
  log: Log,
  callId: string,
  kind: DeskRequest['kind'],
  subject: string,
  letter: JsonObject,
): Promise<Revival | undefined> {
  const stored = await log.last('records', recordSubject(log.prefix, callId));
  const incarnation = Number(stored?.headers.get(INCARNATION_HEADER));
  if (stored === undefined || !Number.isSafeInteger(incarnation)) return undefined;
  const record = JSON.parse(new TextDecoder().decode(stored.data)) as JsonObject;
  const { provider, address, transcript } = letter;
  const legs =
    kind === 'leg' && typeof provider === 'string'
      ? { legs: { [subject]: { provider, address: objectOf(address) } } }
      : {};
  const revival: Revival = { record, incarnation, ...legs };
  const said = { ...revival, transcript: transcript as unknown as NonNullable<Revival['transcript']> };
  const fits = Array.isArray(transcript) && JSON.stringify(said).length <= REVIVAL_MAX_BYTES;
  return fits ? said : revival;
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
