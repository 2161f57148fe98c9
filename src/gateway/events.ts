/**
 * The facts a gateway publishes, as types. A gateway needs `call.started`, `end.requested` and one
 * of `caller.left`, `stream.stopped`, `call.ended`; each of the others makes the ending more exact.
 */
import type { Json, JsonObject } from '../contract/json.ts';

/** Who or what wants the call to end. An unknown word is taken as `agent` and kept as detail. */
export type EndBy =
  | 'agent'
  | 'phrase'
  | 'voicemail'
  | 'ivr'
  | 'silence'
  | 'max_duration'
  | 'policy'
  | 'ai_error'
  | 'media_failure'
  | 'worker_shutdown';

/**
 * `reply`: the model's next utterance is the goodbye (needs `farewell.started`/`finished`).
 * `spoken`: it was said and lies in the carrier's buffer. `none`: no goodbye. `{say}`: onhook asks
 * for this text.
 */
export type FarewellKind = 'reply' | 'spoken' | 'none' | { say: string };

/** What this gateway can do. Left out = marks and clear, nothing else. */
export type Capabilities = {
  marks?: boolean;
  say?: boolean;
  farewell?: boolean;
  clear?: boolean;
  farewellEvents?: boolean;
  endCancelled?: boolean;
};

/** How this call is to be ended; each value is bounded by onhook's configuration. */
export type CallPolicy = {
  mode?: 'own' | 'backstop' | 'observe';
  deleteRoom?: boolean;
  hangup?: boolean;
  bargeIn?: 'lock' | 'listen' | 'resume';
  bargeInMax?: number;
  farewell?: FarewellKind;
  endInstructions?: string;
  systemFarewell?: { say: string } | { instructions: string } | 'none';
  afterMedia?: 'end' | 'continue';
  stopEgress?: boolean;
  /** For example `{drainMs: 8000}`. */
  timers?: { [name: string]: number };
};

/** Keys in use: `carrier` `{callSid, accountSid?}` (`legId` elsewhere), `room` `{name, sid?, participant?}`. */
export type Legs = { [key: string]: JsonObject };

/** Everything of `call.started` that is not already known from the call itself. */
export type CallDetails = {
  /** The raw id when the call id had to be encoded; the library adds it. */
  id?: string;
  instance?: string;
  capabilities?: Capabilities;
  direction?: 'inbound' | 'outbound';
  from?: string;
  to?: string;
  policy?: CallPolicy;
  /** First call state: what end functions read. */
  state?: JsonObject;
  /** Names of end functions to run, when not all of them. */
  endFunctions?: string[];
};

export type EndRequest = {
  by?: EndBy | (string & {});
  reason?: string;
  farewell?: FarewellKind;
  toolCallId?: string;
};

/** Type → data. Times in ms; every string is data, never a command. */
export type GatewayEvents = {
  'call.started': CallDetails & { provider: string; legs: Legs };
  'leg.added': { key: string; leg: JsonObject; role?: string };
  'call.answered': { answeredBy?: string };
  'stream.started': { [key: string]: never };
  /** Media ended. Never read as "the call ended": it asks the carrier. */
  'stream.stopped': { [key: string]: never };
  'end.requested': EndRequest;
  'farewell.started': { utteranceId: string; expectedMs?: number };
  /** Generated and sent, not played. */
  'farewell.finished': { utteranceId: string; audioMs?: number; interrupted?: boolean };
  'farewell.failed': { utteranceId?: string; detail?: string };
  'mark.echoed': { name: string };
  /** Marks echoed after it prove nothing. */
  'playback.cleared': { [key: string]: never };
  'caller.spoke': { text?: string; final?: boolean };
  'agent.spoke': { [key: string]: never };
  'activity.paused': { [key: string]: never };
  'activity.resumed': { [key: string]: never };
  /** The far end hung up. */
  'caller.left': { cause?: string };
  /** The gateway itself ended the call. */
  'call.ended': { by?: EndBy; reason?: string; farewell?: string };
  'transfer.started': { to?: string };
  'transfer.failed': { to?: string };
  'call.transferred': { to?: string; survivors?: string[] };
  /** JSON merge patch on the call state. */
  'state.patched': { patch: { [key: string]: Json } };
  'transcript.appended': { role: string; text: string; at?: string };
  /** Only for a carrier that this gateway is itself the authority of (`sip`). */
  'leg.status': { leg: string; status: string; sequence?: number; sipCode?: number; answeredBy?: string };
};

export type GatewayEventType = keyof GatewayEvents;

/** Types whose data may be left out. */
type Bare = { [T in GatewayEventType]: {} extends GatewayEvents[T] ? T : never }[GatewayEventType];

/** `publish('stream.started')` and `publish('mark.echoed', {name})` both check. */
export type PublishArguments<T extends GatewayEventType> = T extends Bare
  ? [data?: GatewayEvents[T]]
  : [data: GatewayEvents[T]];
