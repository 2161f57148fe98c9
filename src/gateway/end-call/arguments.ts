/**
 * What a model wrote into its tool call. Every argument is optional and none can be wrong: a tool call
 * whose arguments make no sense still ends the call, or the line would stay up (field rule 18).
 */

/** Longer than any reason or last sentence; the contract's event holds 64 KiB. */
const TEXT_MAX = 2_000;

export interface EndCallArguments {
  /** One of the tool's enum, or whatever the model wrote. */
  readonly reason?: string;
  /** A last sentence to be spoken for the model. */
  readonly farewell?: string;
}

/** From an object (Anthropic, MCP, LiveKit), or from JSON text (OpenAI, Vapi). Never throws. Pure. */
export function readArguments(given: unknown): EndCallArguments {
  const value = typeof given === 'string' ? parsed(given) : given;
  if (value === null || typeof value !== 'object') return {};
  const { reason, farewell } = value as Record<string, unknown>;
  return { ...text('reason', reason), ...text('farewell', farewell) };
}

function text(name: keyof EndCallArguments, value: unknown): EndCallArguments {
  return typeof value === 'string' && value.trim() !== '' ? { [name]: value.slice(0, TEXT_MAX) } : {};
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
