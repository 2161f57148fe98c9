/**
 * Plivo as a carrier: the call resource is deleted, and the live calls are asked. Sources: plivo.com/docs
 * "Hang up a call" (DELETE /v1/Account/{auth_id}/Call/{call_uuid}/, 204) and "Retrieve a live call" (GET
 * …/Call/{call_uuid}/?status=live, 404 when it is not live).
 */
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { Carrier } from '../carrier.ts';
import { CarrierConfigError } from '../config-error.ts';
import type { HttpAnswer } from '../http.ts';
import { classifyRefusal, isSuccess, objectOf, unreadable } from '../http-answers.ts';
import { checkBaseUrl, createHttpCarrier } from '../http-carrier.ts';

export interface PlivoConfig {
  readonly authId: string;
  readonly authToken: string;
  /** Default `https://api.plivo.com`. */
  readonly baseUrl?: string | undefined;
}

/** Plivo has no error words: its 404 in its own form says that the call is gone. */
const GONE: ReadonlySet<string> = new Set();

/** Plivo's form has an `api_id` beside `error`. */
function wordOf(answer: HttpAnswer): string | undefined {
  return typeof objectOf(answer)?.['api_id'] === 'string' ? '' : undefined;
}

function refusal(answer: HttpAnswer): Outcome {
  return classifyRefusal(answer, { provider: 'plivo', word: wordOf(answer), gone: GONE });
}

/** 204 has no body: the end is proven by the callback or a question. */
function classifyHangUp(answer: HttpAnswer): Outcome {
  return isSuccess(answer) ? { result: 'accepted' } : refusal(answer);
}

function classifyAsk(answer: HttpAnswer): Outcome {
  if (!isSuccess(answer)) return refusal(answer);
  const status = objectOf(answer)?.['call_status'];
  return typeof status === 'string' ? { result: 'live', status: status.slice(0, 32) } : unreadable(answer);
}

/** Errors: `CarrierConfigError`. */
export function createPlivoCarrier(config: PlivoConfig, clock: Clock): Promise<Carrier> {
  const { authId, authToken, baseUrl = 'https://api.plivo.com' } = config;
  if (!/^[A-Za-z0-9]{1,64}$/.test(authId)) {
    return Promise.reject(new CarrierConfigError('plivo', 'authId has letters and digits only'));
  }
  const base = `${checkBaseUrl('plivo', baseUrl)}/v1/Account/${authId}/Call`;
  const headers = { authorization: `Basic ${Buffer.from(`${authId}:${authToken}`).toString('base64')}` };
  return createHttpCarrier(
    {
      provider: 'plivo',
      hangUp: (legId) => ({ method: 'DELETE', url: `${base}/${legId}/`, headers }),
      classifyHangUp,
      ask: (legId) => ({ method: 'GET', url: `${base}/${legId}/?status=live`, headers }),
      classifyAsk,
    },
    clock,
  );
}
