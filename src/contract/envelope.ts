/**
 * The envelope: CloudEvents 1.0 in binary mode (headers), structured mode (all in the body), or none.
 * Here bytes become values, with their bounds: size, depth, numbers that JSON can write again, and no
 * key that could reach a prototype.
 */
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
  readonly type: string | undefined;
  readonly id: string;
  readonly data: JsonObject;
  readonly claimedAt: number | undefined;
  readonly sequence: number | undefined;
  readonly traceparent: string | undefined;
}

/** An attribute by its header's name (`ce-id`), from headers or from a structured body. */
type Attribute = (header: string) => string | undefined;

/** The envelope, or a text that names the field and the rule. Never throws. */
export function readEnvelope(stored: StoredLike, own: boolean): Envelope | string {
  const { data, headers } = stored;
  const limitBytes = own ? OWN_BODY_MAX_BYTES : BODY_MAX_BYTES;
  if (data.length > limitBytes) return `body: larger than ${limitBytes / 1024} KiB`;
  const body = parseBody(data);
  if (typeof body === 'string') return body;
  if (own) return readOwn(stored, body);
  const contentType = headers.get('content-type') ?? headers.get('Content-Type');
  if (contentType?.startsWith('application/cloudevents-batch') === true) {
    return 'content-type: a batch is not accepted, publish each event';
  }
  const structured =
    contentType?.startsWith('application/cloudevents') === true ||
    ('specversion' in body && !headers.has('ce-type') && !headers.has('ce-specversion'));
  return structured
    ? readStructured(stored, body)
    : readAttributes(stored, (header) => headers.get(header), body);
}

/** With its id in the data (about calls), or with type and id as headers (about partitions). */
function readOwn(stored: StoredLike, data: JsonObject): Envelope | string {
  const within = data['id'];
  const aboutCall = typeof within === 'string' && within !== '';
  const id = readId(stored, aboutCall ? within : stored.headers.get('ce-id'));
  if (id === undefined) return 'id: too long';
  // Headers are parsed when they are asked for, so only where there are some.
  const type = aboutCall ? undefined : stored.headers.get('ce-type');
  return { type, id, data, claimedAt: undefined, sequence: undefined, traceparent: undefined };
}

function readStructured(stored: StoredLike, body: JsonObject): Envelope | string {
  if (!isText(body['specversion'])) return 'specversion: missing in a structured event';
  if (!isText(body['type'])) return 'type: missing in a structured event';
  if ('data_base64' in body) return 'data_base64: data must be JSON';
  const data = body['data'] ?? {};
  if (!isPlain(data)) return 'data: must be an object';
  const attribute: Attribute = (header) => {
    const value = body[header.slice('ce-'.length)];
    return typeof value === 'number' ? String(value) : isText(value) ? value : undefined;
  };
  return readAttributes(stored, attribute, data);
}

function readAttributes(stored: StoredLike, attribute: Attribute, data: JsonObject): Envelope | string {
  if (attribute('ce-specversion')?.startsWith('1.') === false) return 'specversion: must be 1.0';
  const id = readId(stored, attribute('ce-id'));
  if (id === undefined) return 'id: too long';
  const traceparent = attribute('ce-traceparent') ?? stored.headers.get('traceparent');
  return {
    type: attribute('ce-type'),
    id,
    data,
    claimedAt: readInstant(attribute('ce-time')),
    sequence: readSequence(attribute('ce-sequence')),
    traceparent: traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined,
  };
}

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

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** An empty body is `{}`. */
function parseBody(bytes: Uint8Array): JsonObject | string {
  if (bytes.length === 0) return {};
  let value: Json;
  try {
    value = JSON.parse(utf8.decode(bytes)) as Json;
  } catch {
    return 'body: not JSON in UTF-8';
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
  if (Array.isArray(value)) {
    for (const item of value) {
      const broken = boundItem(item, depth);
      if (broken !== undefined) return broken;
    }
    return undefined;
  }
  if (Object.hasOwn(value, '__proto__')) delete value['__proto__'];
  for (const name in value) {
    const broken = boundItem(value[name], depth);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

function boundItem(item: Json | undefined, depth: number): string | undefined {
  if (typeof item === 'object' && item !== null) return bound(item, depth + 1);
  return typeof item === 'number' && !Number.isFinite(item) ? 'body: a number is too large' : undefined;
}

function isPlain(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
