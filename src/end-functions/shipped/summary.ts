/**
 * The shipped function `summary`: call state and transcript to any OpenAI-compatible endpoint, and back
 * comes JSON that was checked against a schema, with the disposition of the call.
 */
import { Agent } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../clock/clock.ts';
import type { Json, JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { EndFunctionInput } from '../end-function.ts';
import { ShippedConfigError } from '../errors.ts';
import { outcomeOf } from '../returned.ts';
import { outcomeOfAnswer, sendRequest } from './request.ts';
import { shippedManifest, type ShippedDefinition } from './shipped.ts';

export interface SummaryOptions {
  /** Base of the API, for example `https://api.openai.com/v1`; `/chat/completions` is added. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token. A server of one's own may need none. */
  readonly apiKey?: string | undefined;
  /** Codes that the disposition may have. Default: any short word. */
  readonly dispositions?: readonly string[] | undefined;
  /** Appended to our instructions. */
  readonly instructions?: string | undefined;
  /** JSON Schema (draft 2020-12) of an object, in place of ours; `disposition` in it is the call's. */
  readonly schema?: JsonObject | undefined;
  /** One attempt, ms. Default 60 000: long transcripts take a model half a minute. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
/** About 50 000 tokens: the end of the talk says what came of it, so the beginning is left out. */
const TRANSCRIPT_MAX_CHARS = 200_000;

const INSTRUCTIONS =
  'You summarise a finished phone call for the records of a business. You are given what is known of ' +
  'the call, the state that its tools collected, and its transcript. Answer with JSON by the schema. ' +
  'Say only what the material says; where it says nothing, say null.';

function ownSchema(dispositions: readonly string[] | undefined): JsonObject {
  const [first, ...rest] = dispositions ?? [];
  const code = first === undefined ? z.string().min(1).max(64) : z.enum([first, ...rest]);
  const schema = z.strictObject({
    summary: z.string().describe('two or three sentences'),
    intent: z.string().nullable().describe('what the caller wanted'),
    resolution: z.string().nullable().describe('what was agreed or done'),
    nextSteps: z.array(z.string()).describe('what is still to be done, and by whom'),
    disposition: z.strictObject({ code, detail: z.string().max(1_024).nullable() }),
  });
  const { $schema: _draft, ...json } = z.toJSONSchema(schema) as JsonObject;
  return json;
}

function checkerOf(schema: JsonObject): z.ZodType {
  try {
    return z.fromJSONSchema(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ShippedConfigError('summary', `its schema is no JSON Schema (${reason}); correct the file`);
  }
}

/** What the model reads of the call. The call record's bookkeeping would only distract it. */
function materialOf({ call, state, transcript, missing }: EndFunctionInput): JsonObject {
  const { direction, startedAt, endedAt, endedBy, endReason, farewell } = call;
  const lines = transcript.map(({ role, text }) => `${role}: ${text}`).join('\n');
  const cut = lines.length > TRANSCRIPT_MAX_CHARS;
  const about = { direction, startedAt, endedAt, endedBy, endReason, farewell };
  return {
    call: Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined)) as JsonObject,
    state,
    transcript: cut ? `[the beginning is left out]\n${lines.slice(-TRANSCRIPT_MAX_CHARS)}` : lines,
    ...(missing.length > 0 && { missing: [...missing] }),
  };
}

interface Completion {
  readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[];
}

/** The model may do better next time: `retry`, except where its budget ends it. */
function invalid(detail: string): Outcome {
  return { result: 'retry', code: 'summary_invalid', detail };
}

function read(text: string, checker: z.ZodType): Outcome {
  let content: unknown;
  let value: unknown;
  try {
    content = (JSON.parse(text) as Completion).choices?.[0]?.message?.content;
    value = typeof content === 'string' ? JSON.parse(content) : undefined;
  } catch {
    return invalid('the answer is no chat completion with JSON in it');
  }
  const checked = checker.safeParse(value);
  if (!checked.success) {
    // Paths and rules, never the values: they are the caller's words.
    const where = checked.error.issues.map(({ path, code }) => `${path.join('.') || 'answer'}: ${code}`);
    return invalid(where.join(', ').slice(0, 200));
  }
  const output = checked.data as Json;
  return outcomeOf({ output, disposition: dispositionOf(output) });
}

function dispositionOf(output: Json): JsonObject | undefined {
  const given = (output as JsonObject | null)?.['disposition'];
  if (typeof given === 'string') return { code: given };
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const { code, detail } = given;
  if (typeof code !== 'string') return undefined;
  return typeof detail === 'string' ? { code, detail } : { code };
}

/** Throws {@link ShippedConfigError}. Errors of an attempt: `summary_invalid`, `http_<status>`, `timeout`. */
export function defineSummary(options: SummaryOptions, clock: Clock): ShippedDefinition {
  const { model, apiKey, instructions, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const url = `${options.url.replace(/\/$/, '')}/chat/completions`;
  const schema = options.schema ?? ownSchema(options.dispositions);
  const checker = checkerOf(schema);
  const agent = new Agent({ headersTimeout: timeoutMs });
  const system = instructions === undefined ? INSTRUCTIONS : `${INSTRUCTIONS}\n${instructions}`;
  return {
    manifest: shippedManifest('summary', timeoutMs),
    prepare(input) {
      const body = {
        model,
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: JSON.stringify(materialOf(input)) },
        ],
        response_format: { type: 'json_schema', json_schema: { name: 'call_summary', strict: true, schema } },
      } satisfies JsonObject;
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': input.idempotencyKey,
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      };
      return {
        shows: { method: 'POST', url, body },
        send: async (signal) => {
          const request = { method: 'POST', url, headers, body: JSON.stringify(body) } as const;
          const answer = await sendRequest(agent, request, signal);
          const outcome = outcomeOfAnswer(answer, clock.now());
          return outcome.result === 'done' ? read(answer.text, checker) : outcome;
        },
      };
    },
    close: () => agent.destroy(),
  };
}
