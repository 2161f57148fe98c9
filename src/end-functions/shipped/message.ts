/**
 * The shipped functions `sms` and `callback`: a text message through Twilio's Messages resource after the
 * call, or at the instant that the caller agreed to. The instant is a timer of the log and survives a
 * restart.
 */
import { Agent } from 'undici';
import type { Clock } from '../../clock/clock.ts';
import { dateOf, parseInstant } from '../../clock/instant.ts';
import type { Json, JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { fillIn, lookUp, type Roots } from '../../contract/path.ts';
import type { Conditions, EndFunctionInput } from '../end-function.ts';
import { ShippedConfigError } from '../errors.ts';
import { rootsOf } from '../input-roots.ts';
import { outcomeOfAnswer, sendRequest } from './request.ts';
import { shippedManifest, type Delivery, type ShippedDefinition } from './shipped.ts';

/** Basic authorization of an account: its token, or an API key. */
export interface MessagingAccount {
  readonly accountSid: string;
  readonly username: string;
  readonly password: string;
  /** Default `https://api.twilio.com`. */
  readonly baseUrl?: string | undefined;
}

export interface MessageOptions {
  /** Text with `{path}` in it: to whom. */
  readonly to: string;
  /** A number, or the SID of a messaging service (`MG…`). */
  readonly from: string;
  /** Text with `{path}` in it. At most 1 600 characters, Twilio's limit. */
  readonly body: string;
  /** Path of the instant at which it is sent (ISO 8601 or ms); absent in the call = the function is skipped. */
  readonly at?: string | undefined;
  /** Whose message it is. Without one the function cannot work. */
  readonly account?: MessagingAccount | undefined;
  /** One attempt, ms. Default 10 000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const BODY_MAX_CHARS = 1_600;
const TWILIO_URL = 'https://api.twilio.com';

const fatal = (code: string, detail: string): Outcome => ({ result: 'fatal', code, detail });

/** Undefined: send it now. */
function untilLater(
  at: string | undefined,
  input: EndFunctionInput,
  roots: Roots,
  now: number,
): Outcome | undefined {
  if (at === undefined || input.scheduledFor !== undefined) return undefined;
  const due = instantAt(lookUp(roots, at));
  if (due === undefined) return fatal('callback_time_invalid', `${at} is no instant: ISO 8601 or ms`);
  if (due <= now) return undefined;
  return { result: 'done', data: { runAgainAt: due, output: { sendAt: dateOf(due).toISOString() } } };
}

function instantAt(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' ? parseInstant(value) : undefined;
}

/** Twilio's error form has a code that says more than the status; a message that was made has a SID. */
function read(text: string, outcome: Outcome): Outcome {
  const body = objectIn(text);
  if (outcome.result === 'done') {
    const { sid = null, status = null } = body;
    return { result: 'done', data: { output: { sid, status } } };
  }
  const { code } = body;
  return Number.isSafeInteger(code) ? { ...outcome, code: `twilio_${code as number}` } : outcome;
}

function objectIn(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** One message to Twilio. The account's credentials stay in here. */
function sender({ accountSid, username, password, baseUrl = TWILIO_URL }: MessagingAccount, clock: Clock) {
  const url = `${baseUrl.replace(/\/$/, '')}/2010-04-01/Accounts/${accountSid}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const agent = new Agent();
  const deliver = (form: Readonly<Record<string, string>>, key: string): Delivery => ({
    shows: { method: 'POST', url, body: form },
    send: async (signal) => {
      const type = 'application/x-www-form-urlencoded';
      const headers = { 'content-type': type, 'idempotency-key': key, authorization };
      const request = { method: 'POST', url, headers, body: new URLSearchParams(form).toString() } as const;
      const answer = await sendRequest(agent, request, signal);
      return read(answer.text, outcomeOfAnswer(answer, clock.now()));
    },
  });
  return { deliver, close: () => agent.destroy() };
}

/** The form to send, or why this call has none. */
function formOf(
  { to, from, body }: MessageOptions,
  roots: Roots,
): Readonly<Record<string, string>> | Outcome {
  const [recipient, text] = [fillIn(to, roots), fillIn(body, roots)];
  if ('missing' in recipient || 'missing' in text) {
    const missing = [recipient, text].flatMap((filled) => ('missing' in filled ? filled.missing : []));
    return fatal('message_incomplete', `the call does not know ${missing.join(', ')}`);
  }
  if (text.text.length > BODY_MAX_CHARS)
    return fatal('message_too_long', `over ${BODY_MAX_CHARS} characters`);
  const sentBy = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from };
  return { To: recipient.text, ...sentBy, Body: text.text };
}

/**
 * Throws {@link ShippedConfigError} without an account. Outcomes: `done` with the message's SID; `retry`;
 * `fatal` with `twilio_<code>`, `message_incomplete`, `message_too_long`, `callback_time_invalid`. Twilio
 * knows no idempotency key for messages: after an answer that was lost the same text may come twice.
 */
export function defineMessage(
  name: 'sms' | 'callback',
  options: MessageOptions,
  clock: Clock,
): ShippedDefinition {
  const { at, account, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (account === undefined) {
    const cure = 'set TWILIO_ACCOUNT_SID and its token or key, or correct accountSid';
    throw new ShippedConfigError(name, `its Twilio account is not configured; ${cure}`);
  }
  const { deliver, close } = sender(account, clock);
  const onlyIf: Conditions = at === undefined ? {} : { onlyIf: { [at]: { present: true } } };
  return {
    manifest: shippedManifest(name, timeoutMs, onlyIf),
    prepare(input) {
      const roots = rootsOf(input);
      const later = untilLater(at, input, roots, clock.now());
      if (later !== undefined) return later;
      const form = formOf(options, roots);
      return 'result' in form ? (form as Outcome) : deliver(form, input.idempotencyKey);
    },
    close,
  };
}
