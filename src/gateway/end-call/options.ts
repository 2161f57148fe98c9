/** What a gateway may decide about its `end_call` tool. Everything has a default. */
import type { Clock } from '../../clock/clock.ts';
import type { OnProblem } from '../errors.ts';
import type { EndCallAnswer } from './answer.ts';
import type { EndCallArguments } from './arguments.ts';

export interface EndCallInvocation {
  readonly arguments: EndCallArguments;
  readonly toolCallId?: string;
}

export interface EndCallToolOptions {
  /** Appended to the tool's description. */
  readonly extraDescription?: string;
  /**
   * `spoken` (default): the model has said goodbye when it calls the tool, as the instruction asks.
   * `reply`: its answer to the tool is the goodbye, as realtime models do; the gateway then publishes
   * `farewell.started` and `farewell.finished`.
   */
  readonly farewell?: 'spoken' | 'reply';
  /** The gateway obeys the command `say`: the model may leave its last sentence to it. Default false. */
  readonly say?: boolean;
  /**
   * With `farewell: 'reply'`: what the model is told. Default: the policy's `endInstructions`, else
   * "say goodbye to the user". `null`: nothing is said any more.
   */
  readonly endInstructions?: string | null;
  /**
   * Refuses by returning the reason, a sentence that the model reads. A guard that throws, or that has
   * not decided after `guardTimeoutMs`, does not refuse: a broken guard must not keep a line up.
   */
  readonly guard?: (invocation: EndCallInvocation) => string | undefined | Promise<string | undefined>;
  /** Runs when the end was requested: after the guard, once per tool call that was not refused by it. */
  readonly onToolCalled?: (invocation: EndCallInvocation) => void | Promise<void>;
  /** Runs before the answer is returned to the model, whatever it is. */
  readonly onToolCompleted?: (answer: EndCallAnswer, invocation: EndCallInvocation) => void | Promise<void>;
  /**
   * The end was taken back: the caller wants to go on. Tell the model `instruction`; it believes that it hung
   * up, and would never call its tool again. `toolCallId` is that of its call.
   */
  readonly onCancelled?: (instruction: string, toolCallId: string | undefined) => void | Promise<void>;
  /**
   * Runs when onhook did not answer within `ackTimeoutMs`. It may end the call by its own means: the
   * request stays in the buffer, and onhook takes a call that is already gone for success.
   */
  readonly onUnacknowledged?: (invocation: EndCallInvocation) => void | Promise<void>;
  /** How long onhook may take to answer, in ms. Default 2 000: an answer takes some 20 ms. */
  readonly ackTimeoutMs?: number;
  /** How long the guard may take, in ms. Default 2 000. */
  readonly guardTimeoutMs?: number;
  /** Told when a guard or a callback throws. */
  readonly onProblem?: OnProblem;
  readonly clock?: Clock;
}
