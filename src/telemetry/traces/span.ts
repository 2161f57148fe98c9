/** A span as data: what happened in a call, when, and under what. Nothing here knows OpenTelemetry. */

/** A call as its trace knows it. All of it comes from the log, so that every owner says the same. */
export interface TracedCall {
  readonly callId: string;
  /** Sequence of `call.started`. */
  readonly incarnation: number;
  /** Of `call.started`: the gateway's own span, whose trace this call continues. */
  readonly traceparent?: string | undefined;
}

export interface SpanData {
  /** Unique within the call; its span id is made from it, the same at every export. */
  readonly key: string;
  /** Undefined: the span of the whole call. */
  readonly parentKey: string | undefined;
  readonly name: string;
  /** `client`: a request to somebody else. */
  readonly kind: 'internal' | 'client' | 'producer';
  /** By the log's clock, ms since the epoch. */
  readonly startAt: number;
  readonly endAt: number;
  /** Ids, numbers and words of the contract; personal data only under `pii.`. */
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  /** Why the span is an error; undefined: it is none. */
  readonly failure?: string | undefined;
}

/** Where spans go. Never throws, never waits. */
export interface SpanSink {
  /** May run twice with the same spans: their ids are the same. */
  emit(call: TracedCall, spans: readonly SpanData[]): void;
  /** Sends what waits, within a bound. May run twice. */
  close(): Promise<void>;
}

/** The span of the whole call. */
export const CALL = 'call';

/** The span of the state that was entered as the n-th, `active` being 0. */
export function stateKey(index: number): string {
  return `state/${index}`;
}
