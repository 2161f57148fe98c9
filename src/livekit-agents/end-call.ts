/**
 * The drop-in for LiveKit's `createEndCallTool`. In own mode the model's call goes to onhook, which ends
 * the call when the goodbye was heard; when onhook does not answer in time, LiveKit's own tool does what
 * it always did, the job's deletion of the room included.
 */
import { beta, llm } from '@livekit/agents';
import type { voice } from '@livekit/agents';
import { endCallTool } from '../gateway/index.ts';
import type { EndCallAnswer, EndCallTool, GatewayCall } from '../gateway/index.ts';
import { followFarewell } from './farewell.ts';
import type { EndCallOptions, Session } from './options.ts';

export interface EndCallParts {
  readonly session: Session;
  readonly call: GatewayCall;
  /** Asks onhook, and knows about repeats, guard and time-out. */
  readonly asked: EndCallTool;
  /** The caller may not interrupt the goodbye (`bargeIn: 'lock'`). */
  readonly locked: boolean;
  readonly options: EndCallOptions;
}

type Execution = llm.ToolOptions;

/** Own mode. */
export function ownEndCallTool(parts: EndCallParts): llm.Toolset {
  const { extraDescription = '', ignoreOnEnter = false } = parts.options;
  return llm.Toolset.create({
    id: 'end_call',
    tools: [
      llm.tool({
        name: 'end_call',
        description: `${beta.END_CALL_DESCRIPTION}\n${extraDescription}`,
        parameters: endCallTool('livekit', { farewell: false })['parameters'] as object,
        flags: ignoreOnEnter ? llm.ToolFlag.IGNORE_ON_ENTER : llm.ToolFlag.NONE,
        execute: (given: object, execution: Execution) => endCall(parts, given, execution),
      }),
    ],
  });
}

async function endCall(
  parts: EndCallParts,
  given: object,
  execution: Execution,
): Promise<string | undefined> {
  const { session, call, asked, options, locked } = parts;
  const { ctx: context, toolCallId } = execution;
  // Asked first: a callback that throws must keep no line up.
  const answering = asked.execute(given, { toolCallId });
  await options.onToolCalled?.({ ctx: context, arguments: { ...given } });
  const answer = await answering;
  if (answer.status === 'unacknowledged') await livekitEndCall(options, given, execution);
  if (answer.reply && answer.status !== 'refused') {
    if (locked) lock(context);
    followFarewell(session, context, call);
  }
  const output = outputOf(answer);
  await options.onToolCompleted?.({
    ctx: context,
    ...(output === undefined ? {} : { output: { type: 'output', value: output } }),
  });
  return output;
}

/** Nothing to read means no reply: LiveKit asks the model only when a tool returns something. */
function outputOf({ output, reply }: EndCallAnswer): string | undefined {
  return reply ? output : undefined;
}

/** An utterance that the caller has cut already cannot be locked any more. */
function lock(context: voice.RunContext): void {
  if (!context.speechHandle.interrupted) context.disallowInterruptions();
}

/** As if onhook were not there: session shutdown after the goodbye, then the job deletes the room. */
async function livekitEndCall(options: EndCallOptions, given: object, execution: Execution): Promise<void> {
  const { deleteRoom = true } = options;
  const [tool] = beta.createEndCallTool({ deleteRoom }).tools;
  if (tool !== undefined && llm.isFunctionTool(tool)) await tool.execute({ ...given }, execution);
}

/** `observe` and `backstop`: LiveKit's own tool, unchanged, and onhook told about it. */
export function watchedEndCallTool(
  session: Session,
  call: GatewayCall,
  options: EndCallOptions,
): llm.Toolset {
  const { guard: _guard, ackTimeoutMs: _ackTimeoutMs, ...theirs } = options;
  return beta.createEndCallTool({
    ...theirs,
    onToolCalled: async (event) => {
      const farewell = options.endInstructions === null ? 'spoken' : 'reply';
      call.publish('end.requested', { by: 'agent', farewell, toolCallId: event.ctx.functionCall.callId });
      if (farewell === 'reply') followFarewell(session, event.ctx, call);
      await options.onToolCalled?.(event);
    },
  });
}
