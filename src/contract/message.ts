/**
 * A message of the log once its bytes have been read and judged: typed, bounded, with the position
 * and the times that the fold needs. Made by `decode` only.
 */
import type { JsonObject } from './json.ts';

/** Compared as a pair: the era grows each time the log was found rewound (log rule 30). */
export interface Position {
  readonly era: number;
  readonly seq: number;
}

export interface Message {
  readonly seq: number;
  /** The server's clock when it was stored, ms since the epoch. */
  readonly at: number;
  /** Principal token: a gateway, or `_onhook`, `_ingress`, `_operator`. */
  readonly gateway: string;
  readonly callId: string;
  readonly type: string;
  /** `ce-id`, else `Nats-Msg-Id`, else the sequence as text. */
  readonly id: string;
  /** Validated against the schema of its type. */
  readonly data: JsonObject;
  /** `ce-time` in ms since the epoch. */
  readonly claimedAt?: number;
  /** `ce-sequence`: the gateway's own order within the call. */
  readonly sequence?: number;
  readonly traceparent?: string;
}

/** Why a stored message was not given to a call. Counted; `invalid` ones become input dead letters. */
export type Refusal = 'invalid' | 'unauthorised' | 'wrong-partition';

export type Decoded =
  | { readonly ok: true; readonly message: Message }
  | {
      readonly ok: false;
      readonly refusal: Refusal;
      /** Names the field and the rule; no content of the message. */
      readonly reason: string;
      readonly callId?: string;
      readonly gateway?: string;
      readonly type?: string;
    };
