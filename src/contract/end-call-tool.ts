/**
 * The tool by which a model ends a call, and the words for its prompt. Its call becomes
 * `end.requested`; every argument is optional, so `{}` is a valid call.
 */
import type { JsonObject } from './json.ts';

/** Where the tool is to be registered: each names and nests the same facts in its own way. */
export const TOOL_FORMATS = [
  'openai',
  'openai-realtime',
  'anthropic',
  'mcp',
  'livekit',
  'pipecat',
  'vapi',
] as const;

export type ToolFormat = (typeof TOOL_FORMATS)[number];

/** The tool's name, in every format. */
export const END_CALL = 'end_call';

/**
 * Word for word what Twilio voice agents in the field give their models, so that a prompt that works
 * stays as it is. The wait that it asks for does no harm; with onhook the caller hears the farewell anyway.
 */
const DESCRIPTION =
  'Ends the current phone call. Use this tool after you have said your final goodbye and the conversation ' +
  'is complete. IMPORTANT: wait a moment after saying goodbye before calling this tool, so the caller hears ' +
  'your farewell before the call disconnects.';

const PROPERTIES = {
  reason: {
    type: 'string',
    enum: [
      'conversation_complete',
      'caller_said_goodbye',
      'caller_asked_to_end',
      'voicemail',
      'wrong_number',
      'no_response',
      'abusive_caller',
      'other',
    ],
    description: 'Why the call ends.',
  },
  farewell: {
    type: 'string',
    description: 'A last sentence to be spoken for you. Leave it out when you have said goodbye yourself.',
  },
} as const;

/** For the system prompt, beside the tool. */
export const END_CALL_INSTRUCTION =
  'After saying goodbye and completing the conversation, use the end_call tool to hang up. Wait a moment ' +
  'after saying goodbye before calling this tool, so the caller hears your farewell before the call ' +
  'disconnects.';

export interface EndCallToolShape {
  /** Appended to the description on a line of its own, for example when not to end the call. */
  readonly extraDescription?: string;
  /** Offers the argument `farewell`, a last sentence to be spoken for the model. Default true. */
  readonly farewell?: boolean;
}

/** Every argument's schema; none is required. */
function propertiesOf({ farewell = true }: EndCallToolShape): JsonObject {
  const { reason } = PROPERTIES;
  return (farewell ? PROPERTIES : { reason }) as unknown as JsonObject;
}

/** The tool as JSON, in the form that the framework or API takes. Pure. */
export function endCallTool(format: ToolFormat, shape: EndCallToolShape = {}): JsonObject {
  const { extraDescription = '' } = shape;
  const description = extraDescription === '' ? DESCRIPTION : `${DESCRIPTION}\n${extraDescription}`;
  const named = { name: END_CALL, description };
  const properties = propertiesOf(shape);
  const parameters: JsonObject = { type: 'object', properties, required: [] };
  switch (format) {
    case 'openai':
    case 'vapi':
      return { type: 'function', function: { ...named, parameters } };
    case 'openai-realtime':
    case 'livekit':
      return { type: 'function', ...named, parameters };
    case 'anthropic':
      return { ...named, input_schema: parameters };
    case 'mcp':
      return {
        ...named,
        title: 'End the call',
        inputSchema: parameters,
        annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
      };
    case 'pipecat':
      return { ...named, properties, required: [] };
  }
}
