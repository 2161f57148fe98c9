/**
 * Messages as NATS hands them over, in the shape of the port. Delivery is the hot path: the reply
 * subject is parsed by hand and headers are decoded only when somebody asks.
 */
import type { JsMsg, StoredMsg } from '@nats-io/jetstream';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import type { StoredMessage } from '../log.ts';

const NO_HEADERS: ReadonlyMap<string, string> = new Map();
const DOT = 46;
const NS_PER_MS = 1_000_000n;

/** What the reply subject of a delivered message says. */
interface Delivery {
  readonly streamSeq: number;
  /** Counts from 1 in the life of a consumer; a jump is a loss. */
  readonly deliverySeq: number;
  readonly timestampMs: number;
  /** Messages that wait behind this one. */
  readonly pending: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<streamSeq>.<deliverySeq>.<ns>.<pending>`, with two
 * more tokens after `ACK` (domain, account) in the newer form. Undefined for anything else.
 */
export function parseDelivery(reply: string): Delivery | undefined {
  if (!reply.startsWith('$JS.ACK.')) return undefined;
  let dots = 0;
  for (let i = 0; i < reply.length; i += 1) if (reply.charCodeAt(i) === DOT) dots += 1;
  if (dots !== 8 && dots < 10) return undefined;
  let start = 0;
  for (let skip = dots === 8 ? 5 : 7; skip > 0; skip -= 1) start = reply.indexOf('.', start) + 1;
  const second = reply.indexOf('.', start);
  const third = reply.indexOf('.', second + 1);
  const fourth = reply.indexOf('.', third + 1);
  const end = reply.indexOf('.', fourth + 1);
  return {
    streamSeq: Number(reply.slice(start, second)),
    deliverySeq: Number(reply.slice(second + 1, third)),
    // Nanoseconds do not fit a double: whole milliseconds and the last six digits apart.
    timestampMs: Number(reply.slice(third + 1, fourth - 6)) + Number(reply.slice(fourth - 6, fourth)) / 1e6,
    pending: Number(end < 0 ? reply.slice(fourth + 1) : reply.slice(fourth + 1, end)),
  };
}

/** A message of a reader, with its place in the life of the consumer. */
export class DeliveredMessage implements StoredMessage {
  readonly subject: string;
  readonly seq: number;
  readonly timestampMs: number;
  readonly deliverySeq: number;
  readonly pending: number;
  readonly #message: Msg;
  #headers: ReadonlyMap<string, string> | undefined;

  constructor(message: Msg, delivery: Delivery) {
    this.subject = message.subject;
    this.seq = delivery.streamSeq;
    this.timestampMs = delivery.timestampMs;
    this.deliverySeq = delivery.deliverySeq;
    this.pending = delivery.pending;
    this.#message = message;
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  get headers(): ReadonlyMap<string, string> {
    return (this.#headers ??= headerMap(this.#message.headers));
  }
}

/** A message fetched by sequence or subject; its time is text with up to nine fraction digits. */
export function fromStored(message: StoredMsg): StoredMessage {
  const fraction = (/\.(\d+)/.exec(message.timestamp)?.[1] ?? '').padEnd(9, '0');
  const wholeMs = Math.floor(message.time.getTime() / 1000) * 1000 + Number(fraction.slice(0, 3));
  return {
    subject: message.subject,
    seq: message.seq,
    timestampMs: wholeMs + Number(fraction.slice(3, 9)) / 1e6,
    headers: headerMap(message.header),
    data: message.data,
  };
}

/** A message of a fetch. */
export function fromFetched(message: JsMsg): StoredMessage {
  const ns = message.timestampNanos;
  return {
    subject: message.subject,
    seq: message.seq,
    timestampMs: Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / 1e6,
    headers: headerMap(message.headers),
    data: message.data,
  };
}

function headerMap(headers: MsgHdrs | undefined): ReadonlyMap<string, string> {
  if (headers === undefined) return NO_HEADERS;
  const map = new Map<string, string>();
  for (const [name, values] of headers) if (values[0] !== undefined) map.set(name, values[0]);
  return map;
}
