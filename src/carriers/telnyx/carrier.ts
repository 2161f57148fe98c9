/**
 * Telnyx as a carrier: the Call Control command `hangup`, and the status of a call. `command_id` is our
 * idempotency key: Telnyx ignores a command that it has seen. Sources: developers.telnyx.com, "Hangup
 * call" (POST /v2/calls/{call_control_id}/actions/hangup), "Retrieve a call status" (GET
 * /v2/calls/{call_control_id}, `is_alive`); error 90018 as seen in the field (field rule 28).
 */
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { Carrier } from '../carrier.ts';
import type { HttpAnswer } from '../http.ts';
import { classifyRefusal, isSuccess, objectOf, unreadable } from '../http-answers.ts';
import { checkBaseUrl, createHttpCarrier } from '../http-carrier.ts';

export interface TelnyxConfig {
  readonly apiKey: string;
  /** Default `https://api.telnyx.com`. */
  readonly baseUrl?: string | undefined;
}

/** "Call has already ended", and "resource not found". */
const GONE = new Set(['90018', '10005']);

/** Telnyx's form is `{errors: [{code, title, detail}]}`. */
function wordOf(answer: HttpAnswer): string | undefined {
  const errors = objectOf(answer)?.['errors'];
  if (!Array.isArray(errors)) return undefined;
  const code = (errors[0] as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^\w{1,16}$/.test(code) ? code : '';
}

function refusal(answer: HttpAnswer): Outcome {
  return classifyRefusal(answer, { provider: 'telnyx', word: wordOf(answer), gone: GONE });
}

/** A success says that the command was taken; the webhook `call.hangup` or a question proves the end. */
function classifyHangUp(answer: HttpAnswer): Outcome {
  return isSuccess(answer) ? { result: 'accepted' } : refusal(answer);
}

function classifyAsk(answer: HttpAnswer): Outcome {
  if (!isSuccess(answer)) return refusal(answer);
  const data = objectOf(answer)?.['data'] as { readonly is_alive?: unknown } | undefined;
  if (typeof data?.is_alive !== 'boolean') return unreadable(answer);
  return data.is_alive ? { result: 'live', status: 'alive' } : { result: 'done', status: 'ended' };
}

/** Errors: `CarrierConfigError`. */
export function createTelnyxCarrier(config: TelnyxConfig, clock: Clock): Promise<Carrier> {
  const base = `${checkBaseUrl('telnyx', config.baseUrl ?? 'https://api.telnyx.com')}/v2/calls`;
  const headers = { authorization: `Bearer ${config.apiKey}`, 'content-type': 'application/json' };
  return createHttpCarrier(
    {
      provider: 'telnyx',
      hangUp: (legId, { idempotencyKey }) => ({
        method: 'POST',
        url: `${base}/${legId}/actions/hangup`,
        headers,
        body: JSON.stringify({ command_id: idempotencyKey }),
      }),
      classifyHangUp,
      ask: (legId) => ({ method: 'GET', url: `${base}/${legId}`, headers }),
      classifyAsk,
    },
    clock,
  );
}
