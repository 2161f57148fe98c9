/** What a job says about its call, and what may be decided about its `end_call` tool. */
import type { JobContext, llm, voice } from '@livekit/agents';
import type { EndCallInvocation, GatewayClient } from '../gateway/index.ts';
import type { CallDetails, GatewayCall } from '../gateway/index.ts';

/** The little of a job that is used; a `JobContext` is one. */
export type Job = Pick<JobContext, 'job' | 'shutdown' | 'addShutdownCallback' | 'deleteRoom'>;

/** The session, whatever its user data is. */
export type Session = Pick<
  voice.AgentSession,
  'on' | 'off' | 'interrupt' | 'say' | 'generateReply' | 'shutdown' | 'currentAgent' | 'tts'
>;

/** The options of LiveKit's `createEndCallTool`, with the same names and defaults, and a guard. */
export interface EndCallOptions {
  /** Appended to the tool's description. */
  readonly extraDescription?: string;
  /** Default true. In own mode onhook deletes it, once the goodbye was heard. */
  readonly deleteRoom?: boolean;
  /** Tool output for the model. Default "say goodbye to the user"; `null`: nothing more is said. */
  readonly endInstructions?: string | null;
  /** Hides the tool during `onEnter`. */
  readonly ignoreOnEnter?: boolean;
  readonly onToolCalled?: (event: llm.ToolCalledEvent) => Promise<void> | void;
  readonly onToolCompleted?: (event: llm.ToolCompletedEvent) => Promise<void> | void;
  /** Refuses by returning the reason, a sentence that the model reads. Own mode only. */
  readonly guard?: (invocation: EndCallInvocation) => string | undefined | Promise<string | undefined>;
  /** How long onhook may take to answer before the job ends the call itself, in ms. Default 2 000. */
  readonly ackTimeoutMs?: number;
}

export interface AttachOptions extends Omit<CallDetails, 'id' | 'instance'> {
  readonly client: GatewayClient;
  /** `own` (default): onhook ends the call. Else LiveKit's tool does, and onhook watches. */
  readonly mode?: 'own' | 'backstop' | 'observe';
  /** Default: the job that this code runs in. */
  readonly job?: Job;
  /** Default: room name and job id, which never come again together. */
  readonly callId?: string;
  readonly endCall?: EndCallOptions;
  /** The agent's own span for this call (W3C Trace Context): onhook's trace continues it. */
  readonly traceparent?: string;
}

export interface AttachedSession {
  readonly call: GatewayCall;
  /** For the agent's `tools`. In own mode a drop-in for `createEndCallTool`, else LiveKit's own. */
  readonly endCallTool: llm.Toolset;
}
