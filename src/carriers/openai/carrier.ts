/**
 * OpenAI's Realtime API as a carrier: a SIP call that it answers is ended there. Sources: API reference,
 * "Hang up call" (POST /v1/realtime/calls/{call_id}/hangup, 200 when the end begins) and openai/openai-openapi
 * of August 2026, which document neither a question nor a list: a hangup that is repeated answers that there
 * is no such call once it is over, with 400 and `call_id_not_found` as seen in the field
 * (Kludex/pydantic-ai-go), or with 404.
 */
import type { Clock } from '../../clock/clock.ts';
import { openAccounts } from '../accounts.ts';
import type { Carrier } from '../carrier.ts';
import type { HttpAnswer } from '../http.ts';
import { objectOf } from '../http-answers.ts';
import { checkBaseUrl, createHttpCarrier } from '../http-carrier.ts';

export interface OpenAiAccount {
  /** Id of the project whose SIP address the calls reach: `proj_…`. */
  readonly project?: string | undefined;
  /** A key of that project. */
  readonly apiKey: string;
}

export interface OpenAiConfig {
  readonly accounts: readonly OpenAiAccount[];
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

/** Errors: `CarrierConfigError`. */
export async function createOpenAiCarrier(config: OpenAiConfig, clock: Clock): Promise<Carrier> {
  const base = `${checkBaseUrl('openai', config.baseUrl ?? 'https://api.openai.com')}/v1/realtime/calls`;
  return createHttpCarrier(
    {
      provider: 'openai',
      accounts: openAccounts(config.accounts, {
        name: 'OpenAI',
        key: 'project',
        idOf: ({ project }) => project,
      }),
      wordOf,
      gone: GONE,
      hangUp: (legId, { apiKey }) => ({
        method: 'POST',
        url: `${base}/${legId}/hangup`,
        headers: { authorization: `Bearer ${apiKey}` },
      }),
    },
    clock,
  );
}
