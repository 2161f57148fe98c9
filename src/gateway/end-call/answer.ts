/** What the model reads after it called `end_call`, and the wrapping that each API wants around it. */
import { END_CALL } from '../../contract/end-call-tool.ts';
import type { ToolFormat } from '../../contract/end-call-tool.ts';
import type { JsonObject } from '../../contract/json.ts';

export type EndCallStatus =
  /** onhook ends the call. */
  | 'ending'
  /** It was ending already; nothing was shortened. */
  | 'already_ending'
  /** The call goes on: the guard or onhook refused, and the model can read why. */
  | 'refused'
  /** onhook did not answer in time. The request is on its way and is not lost; end the call yourself if you can. */
  | 'unacknowledged';

export interface EndCallAnswer {
  readonly status: EndCallStatus;
  /** What the model reads; empty when it is to read nothing. */
  readonly output: string;
  /** Ask the model for a reply now: its words are the goodbye. */
  readonly reply: boolean;
  /** Of a refusal: `guard`, or the code of onhook's `end-refused`. */
  readonly code?: string;
}

/** The words of the LiveKit tool: what the model is asked to do once the tool was called. */
export const DEFAULT_END_INSTRUCTIONS = 'say goodbye to the user';

/** For a goodbye that is already spoken, or that onhook has spoken. */
export const ENDING = 'The call is ending. Say nothing more.';

export const ALREADY_ENDING: EndCallAnswer = {
  status: 'already_ending',
  output: 'The call is already ending. Say nothing more and do not call this tool again.',
  reply: false,
};

/**
 * For the model when an end was taken back (`end-cancelled`): it thinks that it hung up, and would never
 * call its tool again (field rule 14).
 */
export const END_CANCELLED_INSTRUCTION =
  'The call was not ended: the caller wants to go on. Answer the caller, and use end_call again when the ' +
  'conversation is complete.';

/** Without a reason the model would only try again. */
export function refusal(code: string, reason: string): EndCallAnswer {
  const output = `The call was not ended: ${reason} Go on with the conversation.`;
  return { status: 'refused', output: output.replace(/([^.!?]) Go on/, '$1. Go on'), reply: true, code };
}

/**
 * The answer as the API takes it: a message or item for OpenAI, a content block for Anthropic, a
 * result for MCP, the body of the webhook's response for Vapi. LiveKit and Pipecat take the text as a
 * tool returns it, `{output}`. `toolCallId` is the id that came with the call. Pure.
 */
export function endCallResult(format: ToolFormat, answer: EndCallAnswer, toolCallId: string): JsonObject {
  const { output, status } = answer;
  switch (format) {
    case 'openai':
      return { role: 'tool', tool_call_id: toolCallId, content: output };
    case 'openai-realtime':
      return {
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id: toolCallId, output },
      };
    case 'anthropic':
      return {
        type: 'tool_result',
        tool_use_id: toolCallId,
        content: output,
        ...(status === 'refused' ? { is_error: true } : {}),
      };
    case 'mcp':
      return { content: [{ type: 'text', text: output }], isError: status === 'refused' };
    case 'vapi':
      // One line: Vapi reads no more. The name is required beside the id.
      return {
        results: [
          { name: END_CALL, toolCallId, [status === 'refused' ? 'error' : 'result']: oneLine(output) },
        ],
      };
    case 'livekit':
    case 'pipecat':
      return { output };
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
