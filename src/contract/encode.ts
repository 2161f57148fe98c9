/**
 * An event as it is published: CloudEvents in binary mode, all attributes in headers. For the ingress,
 * for operators and for tests; a gateway's own library composes the same (`src/gateway/`).
 */
import type { JsonObject } from './json.ts';
import { eventSubject } from './subjects.ts';

export interface EventToEncode {
  /** Config `nats.prefix`. */
  readonly prefix: string;
  /** Principal token: a gateway, `_ingress` or `_operator`. */
  readonly gateway: string;
  /** As it stands in subjects: `encodeCallId` comes first. */
  readonly callId: string;
  readonly type: string;
  /** Two events with one id are one event (invariant 13). */
  readonly id: string;
  readonly data?: JsonObject;
  /** `ce-source`; default: the principal. */
  readonly source?: string;
  /** When it happened, RFC 3339 text. */
  readonly time?: string;
  /** The publisher's own order within the call, from 1. */
  readonly sequence?: number;
  readonly traceparent?: string;
}

/** Assignable to the log port's `OutgoingMessage`; `messageId` belongs in `AppendOptions`. */
export interface EncodedEvent {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Deduplication id of the contract: `<gateway>/<callId>/<ce-id>`. */
  readonly messageId: string;
}

const encoder = new TextEncoder();

/** Checks nothing: what does not fit is refused where it is read. */
export function encodeEvent(event: EventToEncode): EncodedEvent {
  const { prefix, gateway, callId, type, id } = event;
  return {
    subject: eventSubject(prefix, gateway, callId, type),
    data: encoder.encode(JSON.stringify(event.data ?? {})),
    messageId: `${gateway}/${callId}/${id}`,
    headers: {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': event.source ?? gateway,
      'ce-type': type,
      'ce-subject': callId,
      'content-type': 'application/json',
      ...(event.time === undefined ? {} : { 'ce-time': event.time }),
      ...(event.sequence === undefined ? {} : { 'ce-sequence': String(event.sequence) }),
      ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    },
  };
}
