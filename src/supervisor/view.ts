/**
 * What the rest of the process may ask a node about its calls: the port behind the admin API, the
 * live feed and the probes. Every value is JSON; nothing here blocks on the log except the commands,
 * which are appended to it like any other input.
 */
import type { EndReason, EndedBy, FarewellOutcome, Termination } from '../../machines/call/context.ts';
import type { EffectKind } from '../contract/effect.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import type { FunctionView } from './function-ledger.ts';

/** The states of a call, in life order. */
export type CallStateName =
  'active' | 'farewell-speaking' | 'draining' | 'terminating' | 'post-processing' | 'closed';

export interface CallFilter {
  readonly state?: CallStateName;
  readonly gateway?: string;
  /** Default: all. */
  readonly limit?: number;
}

export interface CallSummary {
  readonly callId: string;
  readonly gateway: string;
  readonly partition: number;
  /** Top state, for example `draining`. */
  readonly state: CallStateName;
  /** Fold time of `call.started`, ms since the epoch. */
  readonly startedAt: number;
  /** Present wall clock minus `startedAt`, in ms, never negative. */
  readonly ageMs: number;
  readonly endedBy?: EndedBy;
  readonly endReason?: EndReason;
}

export interface TimerView {
  /** `<delay>.<state>` of the call, or `effect.<effectId>`. */
  readonly timerId: string;
  /** By fold time, ms since the epoch; an absence is moved by our last outage. */
  readonly dueAt: number;
  readonly durationMs: number;
  readonly absence: boolean;
}

export interface EffectView {
  readonly effectId: string;
  readonly kind: EffectKind;
  readonly attempt: number;
  readonly phase: string;
  /** The leg or function that it is about. */
  readonly subject?: string;
  readonly cause: string;
  readonly requestedAt: number;
  /** It outlived its state: an unconfirmed leg, a function in automatic redrive. */
  readonly orphan: boolean;
}

export interface LegView {
  readonly provider: string;
  readonly status?: string;
  readonly termination?: Termination;
  readonly terminatedAt?: number;
  readonly detail?: string;
}

export interface CallDetail extends CallSummary {
  /** XState's full value: text, or nested objects for regions. */
  readonly value: Json;
  readonly timers: readonly TimerView[];
  readonly effects: readonly EffectView[];
  readonly legs: Readonly<Record<string, LegView>>;
  /** The ledger: every declared function, those that never ran too. */
  readonly endFunctions: readonly FunctionView[];
  readonly farewell?: FarewellOutcome;
  readonly endAttempt: number;
  /** Sequence of the last applied message. */
  readonly lastSeq: number;
  /** Hash of the configuration that the call pinned. */
  readonly configHash: string;
  /** What only the final account needs: timeline, causes, transcript. */
  readonly account: JsonObject;
}

export type PartitionStateName = 'following' | 'claiming' | 'catching-up' | 'live' | 'releasing' | 'fenced';

export interface PartitionView {
  readonly partition: number;
  readonly state: PartitionStateName;
  /** Sequence of the claim in force, ours or another node's. */
  readonly epoch?: number;
  /** Node that holds the claim in force. */
  readonly owner?: string;
  readonly era: number;
  readonly openCalls: number;
  readonly paused: boolean;
  readonly lastSeq: number;
  /** Messages of the stream not read yet, at the last look. */
  readonly lag: number;
  /** Own messages that were published and not read back yet. */
  readonly unconfirmed: number;
  /** Wall clock of the last committed checkpoint, ms since the epoch. */
  readonly checkpointAt?: number;
  /** This node's wall clock minus the log's, in ms; includes the way from the server. */
  readonly clockAheadMs?: number;
}

export interface NodeStats {
  readonly nodeId: string;
  readonly partitions: readonly PartitionView[];
  /** Partitions that this node owns and has caught up with. */
  readonly owned: number;
  readonly openCalls: number;
  readonly callsByState: Readonly<Partial<Record<CallStateName, number>>>;
  /** Messages by verdict, since the process started (invariant 19); `expired` counts held ones given up. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Set while new effects only become notes (rule R11). */
  readonly paused: boolean;
  readonly alarms: readonly { readonly code: string; readonly at: number; readonly data: JsonObject }[];
}

export type CallCommand = 'end' | 'kill' | 'end-cancelled';

export type CommandAnswer =
  | { readonly seq: number }
  | {
      /** `closed`: the call is over (still known here); `conflict`: not in this state. */
      readonly error: 'not_found' | 'conflict' | 'closed';
      readonly detail: string;
    };

/** A fact for watchers: what the live feed carries, with its call. */
export interface ViewEvent {
  /** Fold time, ms since the epoch. */
  readonly at: number;
  readonly seq: number;
  readonly callId: string;
  readonly type: string;
  readonly data: JsonObject;
}

export interface NodeView {
  /** Open calls of the partitions that this node owns, oldest first. */
  calls(filter?: CallFilter): CallSummary[];
  call(callId: string): CallDetail | undefined;
  stats(): NodeStats;
  /**
   * Appends an operator's event and answers with its sequence, or says why not: `kill` only in active,
   * farewell-speaking, draining; `end-cancelled` only in farewell-speaking, draining; `end` in any
   * state before terminating. The fold decides again. Rejects with `LogUnavailable`.
   */
  request(callId: string, command: CallCommand, reason?: string): Promise<CommandAnswer>;
  /** Appends `operator.paused` to every partition. May run twice. Rejects with `LogUnavailable`. */
  pause(): Promise<void>;
  /** Appends `operator.resumed` to every partition. May run twice. Rejects with `LogUnavailable`. */
  resume(): Promise<void>;
  /** Ready: connected, and every partition is live here or followed up to its end. */
  ready(): { readonly ready: boolean; readonly reasons: readonly string[] };
  /** Facts of partitions that are live here, as they are folded. Returns the way to stop. */
  subscribe(listener: (event: ViewEvent) => void): () => void;
}
