/**
 * What a call remembers in order to decide. Facts that only the final account needs (transcript,
 * timeline, causes) are kept beside the machine. Everything here is JSON.
 */
import type { FarewellRequest, LegAddressData } from './events.ts';

export type EndedBy = 'agent' | 'caller' | 'carrier' | 'operator' | 'system';

export type EndReason =
  | 'agent_end_call'
  | 'agent_end_phrase'
  | 'caller_hangup'
  | 'transferred'
  | 'voicemail'
  | 'ivr'
  | 'silence_timeout'
  | 'max_duration'
  | 'no_answer'
  | 'busy'
  | 'declined'
  | 'canceled_before_answer'
  | 'dial_failed'
  | 'invalid_destination'
  | 'rejected_by_policy'
  | 'operator_ended'
  | 'gateway_lost'
  | 'media_failure'
  | 'ai_error'
  | 'provider_error'
  | 'worker_shutdown'
  | 'lifetime_exceeded'
  | 'internal_error'
  | 'unknown';

export type FarewellOutcome =
  | 'none_needed'
  | 'confirmed'
  | 'unconfirmed'
  | 'interrupted'
  | 'timed_out'
  | 'failed'
  | 'skipped_caller_left';

export type Termination =
  | 'confirmed_by_event'
  | 'confirmed_by_response'
  | 'already_ended'
  | 'confirmed_by_poll'
  | 'forced_unconfirmed'
  | 'failed'
  | 'not_ours';

export type Mode = 'own' | 'backstop' | 'observe';
export type BargeIn = 'lock' | 'listen' | 'resume';

/** Durations in ms. The values that a call pinned when it started. */
export interface CallTimers {
  readonly farewellStartMs: number;
  readonly farewellMs: number;
  readonly farewellMaxMs: number;
  readonly playoutGraceMs: number;
  readonly drainMs: number;
  readonly unmarkedDrainMs: number;
  readonly bargeInHoldMs: number;
  readonly listenQuietMs: number;
  readonly listenMaxMs: number;
  readonly terminateMs: number;
  readonly verifyMs: number;
  readonly sessionCloseMs: number;
  readonly egressMs: number;
  readonly backstopGraceMs: number;
  readonly settleMs: number;
  readonly postProcessingMs: number;
  readonly answerMs: number;
  readonly silenceMs: number;
  readonly transferMs: number;
  readonly livenessMs: number;
  readonly gatewayLostMs: number;
  readonly mediaLostMs: number;
  readonly rejoinMs: number;
  readonly maxCallMs: number;
  readonly lifetimeMs: number;
  readonly commandRetryMs: number;
}

export type SystemFarewell = { readonly say: string } | { readonly instructions: string } | 'none';

export interface CallPolicy {
  readonly mode: Mode;
  readonly deleteRoom: boolean;
  readonly hangup: boolean;
  readonly bargeIn: BargeIn;
  readonly bargeInMax: number;
  readonly farewell?: FarewellRequest;
  readonly endInstructions?: string;
  readonly systemFarewell?: SystemFarewell;
  readonly afterMedia: 'end' | 'continue';
  readonly stopEgress: boolean;
}

export interface Capabilities {
  readonly marks: boolean;
  readonly say: boolean;
  readonly farewell: boolean;
  readonly clear: boolean;
  readonly farewellEvents: boolean;
  readonly endCancelled: boolean;
}

/** One signalling path to one party. `termination` is set once, when its end is decided. */
export interface Leg {
  readonly address: LegAddressData;
  readonly provider: string;
  readonly role?: string;
  /** Last status word of the carrier, and its order where the carrier numbers them. */
  readonly status?: string;
  readonly statusSequence?: number;
  readonly termination?: Termination;
  readonly terminatedAt?: number;
  readonly detail?: string;
}

export interface EndCause {
  readonly by: EndedBy;
  readonly reason: EndReason;
  readonly basis: 'reported' | 'inferred';
  readonly at: number;
}

export type FunctionStatus = 'waiting' | 'running' | 'succeeded' | 'dead_lettered' | 'skipped';

export interface DeclaredFunction {
  readonly name: string;
  readonly version: string;
  /** Names that must be decided before this one runs. */
  readonly after?: readonly string[];
}

/** What one farewell has told us so far. Reset when an end is cancelled. */
export interface FarewellProgress {
  readonly request: FarewellRequest | 'system';
  /** Bound when the gateway first names it, or chosen by us for `say` and `farewell`. */
  readonly utteranceId?: string;
  readonly startedAt?: number;
  readonly expectedMs?: number;
  readonly audioMs?: number;
  readonly finishedAt?: number;
  readonly outcome: FarewellOutcome;
  /** The mark that proves the playout, and how many were issued for this end attempt. */
  readonly mark?: string;
  readonly marks: number;
}

/** The caller's speech during an ending, for barge-in (rule R5). */
export interface SpeechDuringEnding {
  readonly firstAt: number;
  readonly lastAt: number;
  /** The hangup waits until then. */
  readonly holdUntil: number;
}

export interface CallContext {
  readonly callId: string;
  readonly startedAt: number;
  readonly direction?: 'inbound' | 'outbound';
  /** `unknown` counts as answered except where a carrier said `ringing`. */
  readonly answered: 'yes' | 'no' | 'unknown';
  readonly policy: CallPolicy;
  readonly capabilities: Capabilities;
  readonly timers: CallTimers;
  /** 0 … 1, from the call id: absence durations are spread by up to half (log rule 16). */
  readonly spread: number;
  readonly legs: Readonly<Record<string, Leg>>;
  /** Of every end that was begun, cancelled ones included. Part of effect ids. */
  readonly endAttempt: number;
  readonly end?: EndCause | undefined;
  readonly toolCallId?: string | undefined;
  readonly farewell?: FarewellProgress | undefined;
  readonly speech?: SpeechDuringEnding | undefined;
  readonly bargeIns: number;
  readonly voicemail: boolean;
  readonly transferRinging: boolean;
  /** Keys of legs that live on after a transfer. */
  readonly survivors?: readonly string[] | 'all' | undefined;
  readonly callerLeftAt?: number | undefined;
  /** First fact of the far end: ends the watch in observe mode. */
  readonly farEndAt?: number | undefined;
  /** When the first hangup left for the carrier: from then on too late to become a transfer (rule R3). */
  readonly hangUpAt?: number | undefined;
  /** Skip the backstop's grace: a kill, a lost gateway, an emergency. */
  readonly urgent: boolean;
  readonly functions: Readonly<Record<string, DeclaredFunction & { readonly status: FunctionStatus }>>;
}

export interface CallInput {
  readonly callId: string;
  readonly at: number;
  readonly direction?: 'inbound' | 'outbound' | undefined;
  readonly legs: Readonly<Record<string, Leg>>;
  readonly policy: CallPolicy;
  readonly capabilities: Capabilities;
  readonly timers: CallTimers;
  readonly spread: number;
  readonly functions: readonly DeclaredFunction[];
}

/** The context of a call at its start. */
export function initialContext(input: CallInput): CallContext {
  return {
    callId: input.callId,
    startedAt: input.at,
    ...(input.direction === undefined ? {} : { direction: input.direction }),
    answered: input.direction === 'outbound' ? 'no' : 'unknown',
    policy: input.policy,
    capabilities: input.capabilities,
    timers: input.timers,
    spread: input.spread,
    legs: input.legs,
    endAttempt: 0,
    bargeIns: 0,
    voicemail: false,
    transferRinging: false,
    urgent: false,
    functions: declare(input.functions),
  };
}

const NO_FUNCTIONS = Object.freeze({});

function declare(functions: readonly DeclaredFunction[]): CallContext['functions'] {
  if (functions.length === 0) return NO_FUNCTIONS;
  return Object.fromEntries(functions.map((declared) => [declared.name, { ...declared, status: 'waiting' }]));
}
