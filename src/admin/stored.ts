/** What is kept in the streams, as the API shows it: a call's messages, its record, dead letters. */
import type { Json, JsonObject } from '../contract/json.ts';
import { parseEventSubject, recordSubject } from '../contract/subjects.ts';
import type { Log, StoredMessage } from '../log/log.ts';

/** A message of the log, decoded for people. */
export interface LoggedMessage {
  readonly seq: number;
  /** The server's clock when it was stored, ms since the epoch. */
  readonly at: number;
  /** Principal token. */
  readonly gateway: string;
  readonly type: string;
  readonly id?: string;
  /** Null when the body is not JSON: it was refused, and is shown as refused. */
  readonly data: Json;
}

/** A call's messages in stored order. A structured CloudEvent is shown by its data. Rejects with `LogUnavailable`. */
export async function callMessages(log: Log, callId: string): Promise<LoggedMessage[]> {
  const stored = await log.ofCall(callId);
  return stored.map((message) => {
    const address = parseEventSubject(log.prefix, message.subject);
    const data = bodyOf(message);
    const id = message.headers.get('ce-id') ?? message.headers.get('Nats-Msg-Id') ?? idWithin(data);
    return {
      seq: message.seq,
      at: Math.floor(message.timestampMs),
      gateway: address?.gateway ?? '',
      type: message.headers.get('ce-type') ?? address?.type ?? '',
      ...(id === undefined ? {} : { id }),
      data,
    };
  });
}

/** Our own messages about a call carry their id in the data. */
function idWithin(data: Json): string | undefined {
  const id = data !== null && typeof data === 'object' && !Array.isArray(data) ? data['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** The newest version of the call's record, or undefined. Rejects with `LogUnavailable`. */
export async function lastRecord(log: Log, callId: string): Promise<JsonObject | undefined> {
  const message = await log.last('records', recordSubject(log.prefix, callId));
  return message && objectOf(message);
}

/** The newest records, newest first, each call once. Rejects with `LogUnavailable`. */
export async function newestRecords(log: Log, max: number): Promise<JsonObject[]> {
  const messages = await log.list('records', `${log.prefix}.record.>`, max);
  // Oldest first: a newer version replaces its elder, and takes its later place.
  const newest = new Map<string, StoredMessage>();
  for (const message of messages) {
    newest.delete(message.subject);
    newest.set(message.subject, message);
  }
  return [...newest.values()]
    .reverse()
    .map(objectOf)
    .filter((record) => record !== undefined);
}

/** A dead letter of the stream. */
export interface DeadLetter {
  /** Its sequence in the stream. */
  readonly id: string;
  readonly kind: string;
  readonly callId?: string;
  readonly at: number;
  readonly letter: Json;
}

/** The newest dead letters, oldest first. Rejects with `LogUnavailable`. */
export async function deadLetters(log: Log, max: number): Promise<DeadLetter[]> {
  const messages = await log.list('deadLetters', `${log.prefix}.dead.>`, max);
  return messages.map((message) => toDeadLetter(log.prefix, message));
}

/** One by its id, or undefined. Rejects with `LogUnavailable`. */
export async function deadLetter(log: Log, id: string): Promise<DeadLetter | undefined> {
  if (!/^[1-9][0-9]{0,14}$/.test(id)) return undefined;
  const message = await log.at('deadLetters', Number(id));
  return message && toDeadLetter(log.prefix, message);
}

function toDeadLetter(prefix: string, message: StoredMessage): DeadLetter {
  const [kind = '', callId = '-'] = message.subject.slice(`${prefix}.dead.`.length).split('.');
  return {
    id: String(message.seq),
    kind,
    ...(callId === '-' ? {} : { callId }),
    at: Math.floor(message.timestampMs),
    letter: bodyOf(message),
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function bodyOf(message: StoredMessage): Json {
  if (message.data.length === 0) return {};
  try {
    return JSON.parse(decoder.decode(message.data)) as Json;
  } catch {
    return null;
  }
}

function objectOf(message: StoredMessage): JsonObject | undefined {
  const body = bodyOf(message);
  return body === null || typeof body !== 'object' || Array.isArray(body) ? undefined : body;
}
