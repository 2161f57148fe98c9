/** What a demo call is: who says what, how it ends, and what goes wrong on the way. */
import type { JsonObject } from '../../contract/json.ts';
import type { CallPolicy } from '../../gateway/index.ts';
import type { StubFault } from '../../testing/stub-server/stub-server.ts';

export interface Turn {
  readonly who: 'agent' | 'caller';
  readonly text: string;
  /** What the agent's tools learned in this turn: a merge patch on the call state. */
  readonly learned?: JsonObject;
}

/** The ending that the call record will show. */
export interface ExpectedEnd {
  readonly endedBy: string;
  readonly endReason: string;
  readonly farewell: string;
  /** The part that a short line cannot say: retries, a missing room, a dead letter. */
  readonly note: string;
  /** End functions that are given up. Default: none. */
  readonly deadLetters?: readonly string[];
}

export interface DemoScript {
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly expected: ExpectedEnd;
  /** After the first call, in ms, so that the dashboard fills up while one watches. */
  readonly startsAfterMs: number;
  readonly provider: 'twilio' | 'livekit';
  /** Numbers that are reserved for fiction. */
  readonly from: string;
  readonly to: string;
  readonly state: JsonObject;
  readonly turns: readonly Turn[];
  readonly goodbye: string;
  /** `reply`: the goodbye follows the end_call tool; `spoken`: it was said before. */
  readonly farewell: 'reply' | 'spoken';
  readonly reason: string;
  readonly policy?: CallPolicy;
  /** The caller puts the phone down this long into the goodbye, in ms. */
  readonly callerLeavesAfterMs?: number;
  /** Default: echoed. */
  readonly marks?: 'never';
  /** What Twilio's REST API answers first. */
  readonly twilioFaults?: readonly StubFault[];
}
