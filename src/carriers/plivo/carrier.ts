/**
 * Plivo as a carrier: the call resource is deleted, and the live calls are asked. Sources: plivo.com/docs
 * "Hang up a call" (DELETE /v1/Account/{auth_id}/Call/{call_uuid}/, 204; WITHOUT a uuid it ends every call
 * of the account), "API responses" (statuses, `api_id` in each body), and the package `plivo` 4.79
 * (`getLiveCall`, `listLiveCalls` with their shapes). That 404 means "ended" is as seen in the field
 * (pipecat-ai/pipecat, serializers/plivo.py; field rule 28).
 */
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { openAccounts } from '../accounts.ts';
import type { Carrier } from '../carrier.ts';
import { CarrierConfigError } from '../config-error.ts';
import type { HttpAnswer } from '../http.ts';
import { objectOf, unreadable } from '../http-answers.ts';
import { checkBaseUrl, createHttpCarrier } from '../http-carrier.ts';
import type { LinePage } from '../http-list.ts';

export interface PlivoAccount {
  readonly authId: string;
  readonly authToken: string;
}

export interface PlivoConfig {
  readonly accounts: readonly PlivoAccount[];
  /** Default `https://api.plivo.com`. */
  readonly baseUrl?: string | undefined;
}

/** Plivo has no error words: its 404 in its own form says that the call is gone. */
const GONE: ReadonlySet<string> = new Set();

/** Plivo's form has an `api_id` beside `error`. */
function wordOf(answer: HttpAnswer): string | undefined {
  return typeof objectOf(answer)?.['api_id'] === 'string' ? '' : undefined;
}

function readCall(answer: HttpAnswer): Outcome {
  const status = objectOf(answer)?.['call_status'];
  return typeof status === 'string' ? { result: 'live', status: status.slice(0, 32) } : unreadable(answer);
}

/** The live calls come in one answer: `{api_id, calls: [uuid, …]}`. */
function readPage(answer: HttpAnswer): LinePage | undefined {
  const calls = objectOf(answer)?.['calls'];
  return Array.isArray(calls) ? { ids: calls.filter((id) => typeof id === 'string') } : undefined;
}

/** Errors: `CarrierConfigError`. */
export async function createPlivoCarrier(config: PlivoConfig, clock: Clock): Promise<Carrier> {
  const base = `${checkBaseUrl('plivo', config.baseUrl ?? 'https://api.plivo.com')}/v1/Account`;
  for (const { authId } of config.accounts) {
    if (!/^[A-Za-z0-9]{1,64}$/.test(authId)) {
      throw new CarrierConfigError('plivo', 'authId has letters and digits only');
    }
  }
  const calls = ({ authId }: PlivoAccount) => `${base}/${authId}/Call`;
  const headers = ({ authId, authToken }: PlivoAccount) => ({
    authorization: `Basic ${Buffer.from(`${authId}:${authToken}`).toString('base64')}`,
  });
  return createHttpCarrier(
    {
      provider: 'plivo',
      accounts: openAccounts(config.accounts, {
        name: 'Plivo',
        key: 'authId',
        idOf: ({ authId }) => authId,
      }),
      wordOf,
      gone: GONE,
      hangUp: (legId, account) => ({
        method: 'DELETE',
        url: `${calls(account)}/${legId}/`,
        headers: headers(account),
      }),
      ask: {
        request: (legId, account) => ({
          method: 'GET',
          url: `${calls(account)}/${legId}/?status=live`,
          headers: headers(account),
        }),
        read: readCall,
      },
      list: {
        request: (account) => ({
          method: 'GET',
          url: `${calls(account)}/?status=live`,
          headers: headers(account),
        }),
        read: readPage,
      },
    },
    clock,
  );
}
