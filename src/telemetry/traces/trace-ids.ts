/**
 * Ids of traces and spans, made from the call's own: a new owner continues the trace of a dead one, and
 * what is exported twice has the same ids (W3C Trace Context).
 */
import { hash } from 'node:crypto';
import type { TracedCall } from './span.ts';

/** What a gateway's `traceparent` says. */
export interface RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Version ff and ids of zeros are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Undefined without one, or for one that names nothing. Pure. */
export function remoteParentOf({ traceparent }: TracedCall): RemoteParent | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The gateway's, else the first 32 hex digits of the SHA-256 of the call id, so that anybody finds it. Pure. */
export function traceIdOf(call: TracedCall): string {
  return remoteParentOf(call)?.traceId ?? hex(call.callId, 32);
}

/** Of the span that `key` names. Pure. */
export function spanIdOf({ callId, incarnation }: TracedCall, key: string): string {
  return hex(`${callId}\n${incarnation}\n${key}`, 16);
}

function hex(text: string, digits: number): string {
  return hash('sha256', text, 'hex').slice(0, digits);
}
