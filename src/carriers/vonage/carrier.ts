/**
 * Vonage as a carrier: the action `hangup` on a call, its status, and the calls by status. Sources:
 * developer.vonage.com, Voice API reference 1.10: "Modify an in progress call" (PUT /v1/calls/{uuid}: 204,
 * 401, 404), "Get detail of a specific call", "Get details of your calls" (`status`, `page_size` at most
 * 100, `record_index`), and the package `@vonage/voice` 1.20 (`CallStatus`, `CallPageResponse`).
 */
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { openAccounts } from '../accounts.ts';
import type { Carrier } from '../carrier.ts';
import type { HttpAnswer } from '../http.ts';
import { objectOf, unreadable } from '../http-answers.ts';
import { checkBaseUrl, createHttpCarrier } from '../http-carrier.ts';
import type { LinePage } from '../http-list.ts';
import { vonageTokens } from './token.ts';

export interface VonageAccount {
  readonly applicationId: string;
  /** PEM. */
  readonly privateKey: string;
}

export interface VonageConfig {
  readonly accounts: readonly VonageAccount[];
  /** Default `https://api.nexmo.com`; regions have their own. */
  readonly baseUrl?: string | undefined;
}

/** Statuses of a call that is over; a word not listed is NOT terminal. */
const TERMINAL = new Set(['completed', 'failed', 'rejected', 'busy', 'cancelled', 'timeout', 'unanswered']);

/** Vonage has no error words: its 404 in its own form says that the call is gone. */
const GONE: ReadonlySet<string> = new Set();

/** The greatest that the API takes. */
const PAGE_SIZE = 100;

/** Vonage's forms: RFC 7807 with `type` and `title`, or the older `error_title`. */
function wordOf(answer: HttpAnswer): string | undefined {
  const { type, title, error_title: older } = objectOf(answer) ?? {};
  return typeof older === 'string' || (typeof type === 'string' && typeof title === 'string')
    ? ''
    : undefined;
}

function readStatus(answer: HttpAnswer): Outcome {
  const status = objectOf(answer)?.['status'];
  if (typeof status !== 'string') return unreadable(answer);
  return { result: TERMINAL.has(status) ? 'done' : 'live', status: status.slice(0, 32) };
}

/** `count` is of all pages; `record_index` is where this one begins. */
function readPage(answer: HttpAnswer): LinePage | undefined {
  const { count, record_index: index = 0, _embedded: embedded } = objectOf(answer) ?? {};
  const calls = (embedded as { readonly calls?: unknown } | null | undefined)?.calls;
  if (!Array.isArray(calls) || typeof index !== 'number') return undefined;
  const following = index + calls.length;
  const isLast = calls.length === 0 || typeof count !== 'number' || following >= count;
  return {
    ids: (calls as { readonly uuid?: unknown }[])
      .map(({ uuid }) => uuid)
      .filter((id) => typeof id === 'string'),
    next: isLast ? undefined : String(following),
  };
}

/** Errors: `CarrierConfigError`. */
export async function createVonageCarrier(config: VonageConfig, clock: Clock): Promise<Carrier> {
  const base = `${checkBaseUrl('vonage', config.baseUrl ?? 'https://api.nexmo.com')}/v1/calls`;
  const accounts = config.accounts.map(({ applicationId, privateKey }) => ({
    applicationId,
    token: vonageTokens(applicationId, privateKey, clock),
  }));
  const headers = ({ token }: { readonly token: () => string }) => ({
    authorization: `Bearer ${token()}`,
    'content-type': 'application/json',
  });
  const body = JSON.stringify({ action: 'hangup' });
  return createHttpCarrier(
    {
      provider: 'vonage',
      accounts: openAccounts(accounts, {
        name: 'Vonage',
        key: 'applicationId',
        idOf: ({ applicationId }) => applicationId,
      }),
      wordOf,
      gone: GONE,
      hangUp: (legId, account) => ({
        method: 'PUT',
        url: `${base}/${legId}`,
        headers: headers(account),
        body,
      }),
      ask: {
        request: (legId, account) => ({ method: 'GET', url: `${base}/${legId}`, headers: headers(account) }),
        read: readStatus,
      },
      list: {
        request: (account, page = '0') => ({
          method: 'GET',
          url: `${base}?status=answered&page_size=${PAGE_SIZE}&record_index=${page}`,
          headers: headers(account),
        }),
        read: readPage,
      },
    },
    clock,
  );
}
