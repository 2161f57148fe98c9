/**
 * Everything a call can hear, as the machine hears it: `{type, at, data}` with `at` the fold time in
 * ms since the epoch. Gateway, webhook and operator events carry the contract's data. Outcomes of
 * effects arrive as `effect.<name>.<result>`, timers as XState's own `xstate.after.<delay>.<state>`.
 */

/** Who asked for an end, in the gateway's word. Unknown words are accepted (rule R1). */
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
  | 'worker_shutdown'
  | (string & {});

export type FarewellRequest = 'reply' | 'spoken' | 'none' | { readonly say: string };

export interface LegAddressData {
  readonly [field: string]: unknown;
}

/** One event type for each word of a union of types. */
type Base<Type extends string, Data> = Type extends string
  ? {
      readonly type: Type;
      /** Fold time, ms since the epoch. */
      readonly at: number;
      /** Position in the log: makes ids of effects that belong to one message. */
      readonly seq: number;
      readonly data: Data;
    }
  : never;

type Empty = Readonly<Record<string, never>>;

export type GatewayEvent =
  | Base<'leg.added', { key: string; leg: LegAddressData; role?: string | undefined }>
  | Base<'call.answered', { answeredBy?: string | undefined }>
  | Base<'stream.started' | 'stream.stopped', Empty>
  | Base<
      'end.requested',
      {
        by?: EndBy | undefined;
        reason?: string | undefined;
        farewell?: FarewellRequest | undefined;
        toolCallId?: string | undefined;
      }
    >
  | Base<'farewell.started', { utteranceId: string; expectedMs?: number | undefined }>
  | Base<
      'farewell.finished',
      { utteranceId: string; audioMs?: number | undefined; interrupted?: boolean | undefined }
    >
  | Base<'farewell.failed', { utteranceId?: string | undefined; detail?: string | undefined }>
  | Base<'mark.echoed', { name: string; gap?: boolean | undefined }>
  | Base<'playback.cleared', Empty>
  | Base<'caller.spoke', { text?: string | undefined; final?: boolean | undefined }>
  | Base<'agent.spoke' | 'activity.paused' | 'activity.resumed', Empty>
  | Base<'caller.left', { cause?: string | undefined }>
  | Base<'call.ended', { by?: EndBy | undefined; reason?: string | undefined; farewell?: string | undefined }>
  | Base<'transfer.started' | 'transfer.failed', { to?: string | undefined }>
  | Base<'call.transferred', { to?: string | undefined; survivors?: readonly string[] | undefined }>;

export type IngressEvent =
  | Base<
      'leg.status',
      {
        leg: string;
        status: string;
        sequence?: number | undefined;
        sipCode?: number | undefined;
        answeredBy?: string | undefined;
      }
    >
  | Base<
      'participant.joined' | 'participant.left',
      { identity: string; reason?: string | undefined; kind?: string | undefined }
    >
  | Base<'room.finished', Empty>;

export type OperatorEvent = Base<
  'operator.end-requested' | 'operator.kill-requested' | 'operator.end-cancelled',
  { reason?: string | undefined }
>;

/** How an effect ended, once its own machine has decided that it ended. */
export type EffectResult =
  | 'done'
  | 'gone'
  | 'accepted'
  | 'live'
  | 'refused'
  | 'no-responder'
  | 'failed'
  | 'given-up'
  /** Never attempted: an end function that does not apply to this call. */
  | 'skipped';

/** Names under which effects answer. Commands use their verb. */
export type EffectName =
  | 'hang-up'
  | 'ask'
  | 'delete-room'
  | 'stop-egress'
  | 'end-function'
  | 'record'
  | 'mark'
  | 'say'
  | 'farewell'
  | 'close'
  | 'ping'
  | 'notice';

export interface EffectAnswer {
  /** The leg or the function that it was about. */
  readonly subject?: string | undefined;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly status?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export type EffectEvent = Base<`effect.${EffectName}.${EffectResult}`, EffectAnswer>;

export type OwnEvent =
  /** Any message of the call's gateway, sent ahead of it while the gateway is in doubt. */
  | Base<'gateway.heard', Empty>
  /** The fleet's limit lets this end without terminal evidence go on (rule R11). */
  | Base<'unattended.permitted', Empty>
  /** The fold of this call threw: hang it up safely. */
  | Base<'call.quarantined', { detail?: string | undefined }>;

export type CallEvent = GatewayEvent | IngressEvent | OperatorEvent | EffectEvent | OwnEvent;

export type CallEventOf<Type extends CallEvent['type']> = Extract<CallEvent, { type: Type }>;
