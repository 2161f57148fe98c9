/** One run of one function, in its own process: frozen input in, an outcome out, whatever the function does. */
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { EndFunction } from './define.ts';
import type { EndFunctionInput } from './end-function.ts';
import { LOG_LINES_MAX, RAW_TEXT_MAX_CHARS } from './protocol.ts';
import { outcomeOf } from './returned.ts';

export type LogLine = (message: string, fields?: JsonObject) => void;

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}

/** An error as a short text. Never throws, whatever was thrown. */
export function describeThrown(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return text.slice(0, RAW_TEXT_MAX_CHARS);
  } catch {
    return 'something that cannot be shown as text';
  }
}

/** By name, not by class: the module may have its own copy of onhook. */
function isTerminal(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'TerminalError';
}

/** The fields as JSON, or nothing: the message is worth more than fields that cannot travel. */
function keepable(fields: JsonObject | undefined): JsonObject | undefined {
  try {
    const text = JSON.stringify(fields);
    return text.length <= RAW_TEXT_MAX_CHARS ? (JSON.parse(text) as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function boundedLog(log: LogLine, over: () => boolean): LogLine {
  let lines = 0;
  return (message, fields) => {
    if (over() || lines >= LOG_LINES_MAX) return;
    lines += 1;
    log(describeThrown(message), keepable(fields));
  };
}

/** Runs the function once. Never rejects. */
export async function invoke(
  endFunction: EndFunction,
  input: EndFunctionInput,
  { signal, log }: { readonly signal: AbortSignal; readonly log: LogLine },
): Promise<Outcome> {
  let over = false;
  try {
    const context = { ...freeze(input), signal, log: boundedLog(log, () => over) };
    return outcomeOf(await endFunction.run(Object.freeze(context)));
  } catch (thrown) {
    const detail = describeThrown(thrown);
    return isTerminal(thrown)
      ? { result: 'fatal', code: 'function_terminal', detail }
      : { result: 'retry', code: 'function_threw', detail };
  } finally {
    over = true;
  }
}
