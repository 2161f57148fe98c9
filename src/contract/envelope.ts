/**
 * The envelope: CloudEvents 1.0 in binary mode (headers), structured mode (all in the body), or none.
 * Here bytes become values, with their bounds: size, depth, numbers that JSON can write again, and no
 * key that could reach a prototype.
 */
import { isUtf8 } from 'node:buffer';
import type { Json, JsonObject } from './json.ts';

/** The contract's limit of one event. */
export const BODY_MAX_BYTES = 64 * 1024;

/** Our own messages carry an end function's output, itself up to 64 KiB, or a claim's configuration. */
const OWN_BODY_MAX_BYTES = 512 * 1024;

export const DEPTH_MAX = 32;

const ID_MAX = 256;

/** A `Nats-Msg-Id` is `<gateway>/<callId>/<ce-id>`. */
const MESSAGE_ID_MAX = ID_MAX + 64 + 128 + 2;

/** `StoredMessage` of the log port. */
export interface StoredLike {
  readonly subject: string;
  readonly seq: number;
  readonly timestampMs: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly data: Uint8Array;
}

export interface Envelope {
  /** As the publisher claims it; the subject's is the other half. */
  readonly type?: string;
  readonly id: string;
  readonly data: JsonObject;
  readonly claimedAt?: number;
  readonly sequence?: number;
  readonly traceparent?: string;
}

/** Attributes of an event, from headers or from a structured body. */
type Attribute = (name: string) => string | undefined;

/** The envelope, or a text that names the field and the rule. Never throws. */
export function readEnvelope(stored: StoredLike, own: boolean): Envelope | string {
  const limitBytes = own ? OWN_BODY_MAX_BYTES : BODY_MAX_BYTES;
  if (stored.data.length > limitBytes) return `body: larger than ${limitBytes / 1024} KiB`;
  const body = parseBody(stored.data);
  if (typeof body === 'string') return body;
  const { headers } = stored;
  const contentType = headers.get('content-type') ?? headers.get('Content-Type');
  if (contentType?.startsWith('application/cloudevents') === true) {
    return contentType.startsWith('application/cloudevents-batch')
      ? 'content-type: a batch is not accepted, publish each event'
      : readStructured(stored, body);
  }
  if (!headers.has('ce-type') && 'specversion' in body && !headers.has('ce-specversion')) {
    return readStructured(stored, body);
  }
  return compose(stored, (name) => headers.get(`ce-${name}`), body, own);
}

function readStructured(stored: StoredLike, body: JsonObject): Envelope | string {
  if (!isText(body['specversion'])) return 'specversion: missing in a structured event';
  if (!isText(body['type'])) return 'type: missing in a structured event';
  if ('data_base64' in body) return 'data_base64: data must be JSON';
  const data = body['data'] ?? {};
  if (!isPlain(data)) return 'data: must be an object';
  const attribute: Attribute = (name) => {
    const value = body[name];
    return typeof value === 'number' ? String(value) : isText(value) ? value : undefined;
  };
  return compose(stored, attribute, data, false);
}

function compose(
  stored: StoredLike,
  attribute: Attribute,
  data: JsonObject,
  own: boolean,
): Envelope | string {
  const specversion = own ? undefined : attribute('specversion');
  if (specversion !== undefined && !specversion.startsWith('1.')) return 'specversion: must be 1.0';
  const type = attribute('type');
  const id = readId(stored, attribute('id'));
  if (id === undefined) return 'id: too long';
  const envelope: Mutable<Envelope> = { id, data };
  if (type !== undefined) envelope.type = type;
  if (own) return envelope;
  const claimedAt = readInstant(attribute('time'));
  if (claimedAt !== undefined) envelope.claimedAt = claimedAt;
  const sequence = readSequence(attribute('sequence'));
  if (sequence !== undefined) envelope.sequence = sequence;
  const traceparent = attribute('traceparent') ?? stored.headers.get('traceparent');
  if (traceparent !== undefined && TRACEPARENT.test(traceparent)) envelope.traceparent = traceparent;
  return envelope;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readId({ headers, seq }: StoredLike, given: string | undefined): string | undefined {
  if (given !== undefined && given !== '') return given.length > ID_MAX ? undefined : given;
  const messageId = headers.get('Nats-Msg-Id');
  if (messageId === undefined || messageId === '') return String(seq);
  return messageId.length > MESSAGE_ID_MAX ? undefined : messageId;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const SEQUENCE = /^\d{1,15}$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A time or a sequence that cannot be read proves nothing and refuses nothing. */
function readInstant(text: string | undefined): number | undefined {
  if (text === undefined || !INSTANT.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function readSequence(text: string | undefined): number | undefined {
  return text !== undefined && SEQUENCE.test(text) ? Number(text) : undefined;
}

/** An empty body is `{}`. */
function parseBody(bytes: Uint8Array): JsonObject | string {
  if (bytes.length === 0) return {};
  if (!isUtf8(bytes)) return 'body: not UTF-8';
  let value: Json;
  try {
    value = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
    ) as Json;
  } catch {
    return 'body: not JSON';
  }
  if (!isPlain(value)) return 'body: must be a JSON object';
  return bound(value, 1) ?? value;
}

/**
 * Undefined when every value below can be kept; else the rule it breaks. Removes `__proto__` keys,
 * which an assignment further on would turn into a prototype. The recursion ends at `DEPTH_MAX`.
 */
function bound(value: Json[] | JsonObject, depth: number): string | undefined {
  if (depth > DEPTH_MAX) return `body: deeper than ${DEPTH_MAX} levels`;
  if (!Array.isArray(value) && Object.hasOwn(value, '__proto__')) delete value['__proto__'];
  for (const key in value) {
    const item = (value as JsonObject)[key];
    if (typeof item === 'object' && item !== null) {
      const broken = bound(item, depth + 1);
      if (broken !== undefined) return broken;
    } else if (typeof item === 'number' && !Number.isFinite(item)) {
      return 'body: a number is too large';
    }
  }
  return undefined;
}

function isPlain(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
