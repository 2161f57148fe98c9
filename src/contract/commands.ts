/**
 * What onhook asks of the gateway that holds a call: `….cmd.<gateway>.<callId>.<verb>`, core request
 * and reply. Bodies by verb, and the answer.
 */

/** A repeated `effectId` does not act again; (era, seq) orders commands of one call (log rule 33). */
export interface CommandHeader {
  readonly effectId: string;
  readonly era: number;
  readonly seq: number;
}

/** Verb → what its body holds besides the header. Type aliases, so that they are JSON objects. */
export type CommandBodies = {
  /** After the last frame of every utterance already accepted; no audio after it. */
  mark: { name: string };
  clear: Record<string, never>;
  say: { text: string; utteranceId: string };
  /** Ask the model for a goodbye. */
  farewell: { attempt: number; utteranceId: string; instructions?: string };
  /** End the session, the socket, the job. */
  close: { reason: string };
  /** End this line of the gateway's own (`sip`), given with its address. */
  hangup: { leg: string; legId?: string; unanswered?: boolean };
  'end-accepted': { attempt: number; already?: boolean; endInstructions?: string };
  'end-refused': { code: string; reason: string };
  /** Tell the model that the call goes on. */
  'end-cancelled': { attempt: number; toolCallId?: string };
  'call-refused': { code: string };
  ping: Record<string, never>;
};

/** A refusal travels in the headers `Nats-Service-Error` and `Nats-Service-Error-Code` instead. */
export type CommandReply = {
  ok: true;
  /** False when it did not act, with the reason beside it. Superseded is never evidence. */
  acted?: boolean;
  why?: 'duplicate' | 'superseded';
  /** To `hangup`: the line is down already. */
  ended?: boolean;
};
