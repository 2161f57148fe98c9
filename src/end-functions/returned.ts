/** What a function returned, as an outcome: the fields that onhook keeps are checked, all else is ignored. */
import { z } from 'zod';
import { parseInstant } from '../clock/instant.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';

/** The output is kept in the log, in each record version and in memory: the bound of an event's body. */
const OUTPUT_MAX_BYTES = 65_536;
/** The log takes 32 levels, and the output travels some levels down in its messages. */
const OUTPUT_MAX_DEPTH = 16;

const dispositionSchema = z.object({
  code: z.string().min(1).max(64),
  detail: z.string().max(1_024).optional(),
});

function depthOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const fatal = (code: string, detail: string): Outcome => ({ result: 'fatal', code, detail });

function checkOutput(output: unknown): { readonly value: Json } | { readonly refused: Outcome } {
  let text: string | undefined;
  try {
    text = JSON.stringify(output);
  } catch {
    // Cyclic, a BigInt, or nested past the stack.
  }
  if (text === undefined) {
    return { refused: fatal('function_output_invalid', 'output is not JSON: return plain data') };
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > OUTPUT_MAX_BYTES) {
    const detail = `output has ${bytes} bytes, the cap is ${OUTPUT_MAX_BYTES} (64 KiB): store it elsewhere and return its address`;
    return { refused: fatal('function_output_too_large', detail) };
  }
  const value = JSON.parse(text) as Json;
  if (depthOf(value) > OUTPUT_MAX_DEPTH) {
    return { refused: fatal('function_output_invalid', `output is deeper than ${OUTPUT_MAX_DEPTH} levels`) };
  }
  return { value };
}

/** Ms since the epoch, or undefined for what is no instant. */
function instantOf(value: unknown): number | undefined {
  if (typeof value === 'string') return parseInstant(value);
  const at = value instanceof Date ? value.getTime() : value;
  return typeof at === 'number' && Number.isSafeInteger(at) && at >= 0 ? at : undefined;
}

/**
 * `done`, with `data.output` and `data.disposition` where they were returned; `fatal` when one of them
 * cannot be kept, since running the function again would return the same.
 */
export function outcomeOf(returned: unknown): Outcome {
  if (returned === null || typeof returned !== 'object') return { result: 'done' };
  const { output, disposition, runAgainAt } = returned as Readonly<Record<string, unknown>>;
  const data: JsonObject = {};
  if (output !== undefined) {
    const checked = checkOutput(output);
    if ('refused' in checked) return checked.refused;
    data['output'] = checked.value;
  }
  if (disposition !== undefined && disposition !== null) {
    const parsed = dispositionSchema.safeParse(disposition);
    if (!parsed.success) {
      return fatal(
        'function_disposition_invalid',
        'disposition must be {code, detail?}: texts of at most 64 and 1024',
      );
    }
    const { code, detail } = parsed.data;
    data['disposition'] = detail === undefined ? { code } : { code, detail };
  }
  if (runAgainAt !== undefined && runAgainAt !== null) {
    const at = instantOf(runAgainAt);
    if (at === undefined) {
      return fatal(
        'function_schedule_invalid',
        'runAgainAt must be a Date, an ISO 8601 text or a number of ms',
      );
    }
    data['runAgainAt'] = at;
  }
  return Object.keys(data).length === 0 ? { result: 'done' } : { result: 'done', data };
}
