/**
 * OpenAI's Realtime API as a carrier: a SIP call that it answers is ended there. Source:
 * platform.openai.com, API reference, "Hang up call" (POST /v1/realtime/calls/{call_id}/hangup). There
 * is no question about a call: a hangup that is repeated answers 404 once it is over.
 */
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { Carrier } from '../carrier.ts';
import type { HttpAnswer } from '../http.ts';
import { classifyRefusal, isSuccess, objectOf } from '../http-answers.ts';
import { checkBaseUrl, createHttpCarrier } from '../http-carrier.ts';

export interface OpenAiConfig {
  readonly apiKey: string;
  /** Default `https://api.openai.com`. */
  readonly baseUrl?: string | undefined;
}

const GONE: ReadonlySet<string> = new Set(['call_id_not_found', 'call_not_found']);

/** OpenAI's form is `{error: {message, type, param, code}}`. */
function wordOf(answer: HttpAnswer): string | undefined {
  const error = objectOf(answer)?.['error'];
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^\w{1,48}$/.test(code) ? code : '';
}

/** A success says that the end has begun. */
function classifyHangUp(answer: HttpAnswer): Outcome {
  if (isSuccess(answer)) return { result: 'accepted' };
  return classifyRefusal(answer, { provider: 'openai', word: wordOf(answer), gone: GONE });
}

/** Errors: `CarrierConfigError`. */
export function createOpenAiCarrier(config: OpenAiConfig, clock: Clock): Promise<Carrier> {
  const base = `${checkBaseUrl('openai', config.baseUrl ?? 'https://api.openai.com')}/v1/realtime/calls`;
  const headers = { authorization: `Bearer ${config.apiKey}` };
  return createHttpCarrier(
    {
      provider: 'openai',
      hangUp: (legId) => ({ method: 'POST', url: `${base}/${legId}/hangup`, headers }),
      classifyHangUp,
    },
    clock,
  );
}
