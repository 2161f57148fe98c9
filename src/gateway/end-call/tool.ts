/**
 * The `end_call` tool of one call: its definition for the model, and what happens when the model calls
 * it. It asks onhook and waits a moment for the answer, so that a refusal reaches the model while the
 * conversation goes on, and a repeat is told that the call is already ending (field rules 14, 17 to 19).
 */
import type { Clock } from '../../clock/clock.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { END_CALL_INSTRUCTION, endCallTool } from '../../contract/end-call-tool.ts';
import type { ToolFormat } from '../../contract/end-call-tool.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { CommandHandlers } from '../command-desk.ts';
import type { EndRequest, FarewellKind } from '../events.ts';
import {
  ALREADY_ENDING,
  DEFAULT_END_INSTRUCTIONS,
  END_CANCELLED_INSTRUCTION,
  ENDING,
  endCallResult,
  refusal,
} from './answer.ts';
import type { EndCallAnswer } from './answer.ts';
import { readArguments } from './arguments.ts';
import type { EndCallInvocation, EndCallToolOptions } from './options.ts';

/** As long as the fallbacks of the field allow: dead air that a caller still takes for a pause. */
const ACK_TIMEOUT_MS = 2_000;
const GUARD_TIMEOUT_MS = 2_000;

export interface ExecuteOptions {
  /** The id that the model gave its call: an end that is taken back names it (`end-cancelled`). */
  readonly toolCallId?: string;
  /** The goodbye came with the tool call, so none is asked for: one goodbye per end (field rule 12). */
  readonly spoken?: boolean;
}

/** What onhook said, as the command brought it. */
type Notice =
  | { readonly verb: 'accepted'; readonly already: boolean; readonly endInstructions?: string }
  | { readonly verb: 'refused'; readonly code: string; readonly reason: string };

/** Where end requests go. A `GatewayCall` is one. */
export interface EndCallTarget {
  publish(type: 'end.requested', data: EndRequest): void;
}

/** Makes the tool of one call; give it to `client.call` or `attachTwilioMediaStream` as `endCall`. */
export function createEndCallTool(options: EndCallToolOptions = {}): EndCallTool {
  return new EndCallTool(options);
}

export class EndCallTool {
  /** For the system prompt, beside the definition. */
  readonly instruction = END_CALL_INSTRUCTION;
  private target: EndCallTarget | undefined;
  private unsent: EndRequest | undefined;
  private asking: Promise<EndCallAnswer> | undefined;
  private heard: ((notice: Notice) => void) | undefined;
  private readonly clock: Clock;
  private readonly options: EndCallToolOptions;

  constructor(options: EndCallToolOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
  }

  /** The tool for the model. The argument `farewell` is offered only where somebody can speak it. */
  definition(format: ToolFormat): JsonObject {
    const { extraDescription = '', farewell, say } = this.options;
    return endCallTool(format, { extraDescription, farewell: say === true || farewell === 'reply' });
  }

  /** The answer in the form that the API takes. */
  result(format: ToolFormat, answer: EndCallAnswer, toolCallId: string): JsonObject {
    return endCallResult(format, answer, toolCallId);
  }

  /**
   * The model called the tool, with any arguments or none. Resolves within the guard's and the
   * answer's time-outs; never rejects. May run again at any time: a repeat shortens nothing.
   */
  async execute(given?: unknown, options: ExecuteOptions = {}): Promise<EndCallAnswer> {
    const invocation: EndCallInvocation = {
      arguments: readArguments(given),
      ...(options.toolCallId === undefined ? {} : { toolCallId: options.toolCallId }),
    };
    // The question is out: its answer is this one's too.
    const answer = this.asking === undefined ? await this.first(invocation, options) : await this.again();
    await this.safely('onToolCompleted', () => this.options.onToolCompleted?.(answer, invocation));
    return answer;
  }

  /** Called by the library when the call is opened. A request made before goes out behind `call.started`. */
  bind(target: EndCallTarget): void {
    this.target = target;
    const { unsent } = this;
    this.unsent = undefined;
    // The gateway publishes `call.started` right after it opened the call, in this same turn.
    if (unsent !== undefined) queueMicrotask(() => target.publish('end.requested', unsent));
  }

  /** Called by the library: hears onhook's answers, then passes them on to the gateway's own handlers. */
  listening(handlers: CommandHandlers): CommandHandlers {
    return {
      ...handlers,
      'end-accepted': (command) => {
        const { already = false, endInstructions } = command;
        this.heard?.({
          verb: 'accepted',
          already,
          ...(endInstructions === undefined ? {} : { endInstructions }),
        });
        return handlers['end-accepted']?.(command);
      },
      'end-refused': (command) => {
        this.heard?.({ verb: 'refused', code: command.code, reason: command.reason ?? command.code });
        return handlers['end-refused']?.(command);
      },
      'end-cancelled': (command) => {
        const { onCancelled } = this.options;
        void this.safely('onCancelled', () => onCancelled?.(END_CANCELLED_INSTRUCTION, command.toolCallId));
        return handlers['end-cancelled']?.(command);
      },
    };
  }

  /** Called by the library: the model is told when its end was taken back. */
  get tellsCancelled(): boolean {
    return this.options.onCancelled !== undefined;
  }

  private async first(invocation: EndCallInvocation, options: ExecuteOptions): Promise<EndCallAnswer> {
    this.asking = this.ask(invocation, options);
    try {
      return await this.asking;
    } finally {
      this.asking = undefined;
    }
  }

  private async again(): Promise<EndCallAnswer> {
    const answer = await this.asking;
    return answer?.status === 'refused' ? answer : ALREADY_ENDING;
  }

  private async ask(
    invocation: EndCallInvocation,
    { spoken = false }: ExecuteOptions,
  ): Promise<EndCallAnswer> {
    const reason = await this.guarded(invocation);
    if (reason !== undefined) return refusal('guard', reason);
    const farewell = this.farewellOf(invocation, spoken);
    const answered = this.notice();
    this.send({
      by: 'agent',
      farewell,
      ...(invocation.arguments.reason === undefined ? {} : { reason: invocation.arguments.reason }),
      ...(invocation.toolCallId === undefined ? {} : { toolCallId: invocation.toolCallId }),
    });
    await this.safely('onToolCalled', () => this.options.onToolCalled?.(invocation));
    const notice = await answered;
    if (notice?.verb === 'refused') return refusal(notice.code, notice.reason);
    if (notice?.already === true) return ALREADY_ENDING;
    if (notice === undefined)
      await this.safely('onUnacknowledged', () => this.options.onUnacknowledged?.(invocation));
    const told = this.told(invocation, farewell, notice?.endInstructions);
    return { status: notice === undefined ? 'unacknowledged' : 'ending', ...told };
  }

  private send(request: EndRequest): void {
    if (this.target === undefined) this.unsent = request;
    else this.target.publish('end.requested', request);
  }

  private farewellOf({ arguments: { farewell: text } }: EndCallInvocation, spoken: boolean): FarewellKind {
    const { farewell = 'spoken', say = false, endInstructions } = this.options;
    if (spoken) return 'spoken';
    if (say && text !== undefined) return { say: text };
    return farewell === 'reply' && endInstructions !== null ? 'reply' : 'spoken';
  }

  /** A sentence of the model's own outranks every instruction about what to say. */
  private told(
    { arguments: { farewell: text } }: EndCallInvocation,
    farewell: FarewellKind,
    accepted: string | undefined,
  ): Pick<EndCallAnswer, 'output' | 'reply'> {
    const { endInstructions } = this.options;
    if (farewell !== 'reply') return { output: endInstructions === null ? '' : ENDING, reply: false };
    if (text !== undefined) return { output: `say to the user, and nothing else: ${text}`, reply: true };
    return { output: endInstructions ?? accepted ?? DEFAULT_END_INSTRUCTIONS, reply: true };
  }

  /** Undefined when nothing was heard in time. */
  private notice(): Promise<Notice | undefined> {
    const { ackTimeoutMs = ACK_TIMEOUT_MS } = this.options;
    return this.within(ackTimeoutMs, new Promise<Notice>((resolve) => (this.heard = resolve)));
  }

  private async guarded(invocation: EndCallInvocation): Promise<string | undefined> {
    const { guard, guardTimeoutMs = GUARD_TIMEOUT_MS } = this.options;
    if (guard === undefined) return undefined;
    return this.within(
      guardTimeoutMs,
      this.safely('guard', () => guard(invocation)),
    );
  }

  private within<T>(timeoutMs: number, work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const timer = this.clock.after(timeoutMs, () => resolve(undefined));
      void work.then(resolve).finally(() => timer.cancel());
    });
  }

  /** The user's code may throw; the call ends all the same. */
  private async safely<T>(subject: string, run: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (cause) {
      this.options.onProblem?.({ code: 'callback_failed', subject, cause });
      return undefined;
    }
  }
}
