/**
 * Vonage as a carrier: the action `hangup` on a call, and its status. Sources: developer.vonage.com, Voice
 * API, "Modify an in progress call" (PUT /v1/calls/{uuid}, 204) and "Get detail of a specific call".
 */
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { Carrier } from '../carrier.ts';
import type { HttpAnswer } from '../http.ts';
import { classifyRefusal, isSuccess, objectOf, unreadable } from '../http-answers.ts';
import { checkBaseUrl, createHttpCarrier } from '../http-carrier.ts';
import { vonageTokens } from './token.ts';

export interface VonageConfig {
  readonly applicationId: string;
  /** PEM. */
  readonly privateKey: string;
  /** Default `https://api.nexmo.com`; regions have their own. */
  readonly baseUrl?: string | undefined;
}

/** Statuses of a call that is over; a word not listed is NOT terminal. */
const TERMINAL = new Set(['completed', 'failed', 'rejected', 'busy', 'cancelled', 'timeout', 'unanswered']);

const GONE: ReadonlySet<string> = new Set();

/** Vonage's forms: RFC 7807 with `type` and `title`, or the older `error_title`. */
function wordOf(answer: HttpAnswer): string | undefined {
  const { type, title, error_title: older } = objectOf(answer) ?? {};
  return typeof older === 'string' || (typeof type === 'string' && typeof title === 'string')
    ? ''
    : undefined;
}

function refusal(answer: HttpAnswer): Outcome {
  return classifyRefusal(answer, { provider: 'vonage', word: wordOf(answer), gone: GONE });
}

/** 204 has no body: the end is proven by the event webhook or a question. */
function classifyHangUp(answer: HttpAnswer): Outcome {
  return isSuccess(answer) ? { result: 'accepted' } : refusal(answer);
}

function classifyAsk(answer: HttpAnswer): Outcome {
  if (!isSuccess(answer)) return refusal(answer);
  const status = objectOf(answer)?.['status'];
  if (typeof status !== 'string') return unreadable(answer);
  return { result: TERMINAL.has(status) ? 'done' : 'live', status: status.slice(0, 32) };
}

/** Errors: `CarrierConfigError`. */
export async function createVonageCarrier(config: VonageConfig, clock: Clock): Promise<Carrier> {
  const base = `${checkBaseUrl('vonage', config.baseUrl ?? 'https://api.nexmo.com')}/v1/calls`;
  const token = vonageTokens(config.applicationId, config.privateKey, clock);
  const headers = () => ({ authorization: `Bearer ${token()}`, 'content-type': 'application/json' });
  const body = JSON.stringify({ action: 'hangup' });
  return createHttpCarrier(
    {
      provider: 'vonage',
      hangUp: (legId) => ({ method: 'PUT', url: `${base}/${legId}`, headers: headers(), body }),
      classifyHangUp,
      ask: (legId) => ({ method: 'GET', url: `${base}/${legId}`, headers: headers() }),
      classifyAsk,
    },
    clock,
  );
}
