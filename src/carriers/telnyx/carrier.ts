/**
 * Telnyx as a carrier: the Call Control command `hangup`, the status of a call, and the active calls of a
 * connection. `command_id` is our idempotency key: Telnyx ignores a command that it has seen. Sources:
 * developers.telnyx.com, "Hangup call", "Retrieve a call status", "List all active calls for given
 * connection", "API error codes", and the types of the package `telnyx` 7.24; 422 with 90018 as seen in
 * the field (github.com/pipecat-ai/pipecat/pull/2054, field rule 28).
 */
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { openAccounts } from '../accounts.ts';
import type { Carrier } from '../carrier.ts';
import type { HttpAnswer } from '../http.ts';
import { objectOf, unreadable } from '../http-answers.ts';
import { checkBaseUrl, createHttpCarrier } from '../http-carrier.ts';
import type { LinePage } from '../http-list.ts';

export interface TelnyxAccount {
  /** Connection (Call Control application) of the calls: `connection_id` of a webhook. */
  readonly connectionId?: string | undefined;
  readonly apiKey: string;
}

export interface TelnyxConfig {
  readonly accounts: readonly TelnyxAccount[];
  /** Default `https://api.telnyx.com`. */
  readonly baseUrl?: string | undefined;
}

/** "Call has already ended", and "resource not found": calls are known for ten minutes after their end. */
const GONE = new Set(['90018', '10005']);

/** The greatest that the API takes. */
const PAGE_SIZE = 100;

/** Telnyx's form is `{errors: [{code, title, detail}]}`. */
function wordOf(answer: HttpAnswer): string | undefined {
  const errors = objectOf(answer)?.['errors'];
  if (!Array.isArray(errors)) return undefined;
  const code = (errors[0] as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^\w{1,16}$/.test(code) ? code : '';
}

/** A call that is still being dialled is not alive either: `end_time` or a duration tells the two apart. */
function readStatus(answer: HttpAnswer): Outcome {
  const data = objectOf(answer)?.['data'] as Readonly<Record<string, unknown>> | null | undefined;
  if (typeof data?.['is_alive'] !== 'boolean') return unreadable(answer);
  if (data['is_alive']) return { result: 'live', status: 'alive' };
  const duration = data['call_duration'];
  const hasEnded = typeof data['end_time'] === 'string' || (typeof duration === 'number' && duration > 0);
  return hasEnded ? { result: 'done', status: 'ended' } : { result: 'live', status: 'dialing' };
}

function readPage(answer: HttpAnswer): LinePage | undefined {
  const { data, meta } = objectOf(answer) ?? {};
  if (!Array.isArray(data)) return undefined;
  const ids = (data as { readonly call_control_id?: unknown }[]).map(({ call_control_id: id }) => id);
  const { cursors } = (meta ?? {}) as { readonly cursors?: { readonly after?: unknown } };
  const after = cursors?.after;
  return {
    ids: ids.filter((id) => typeof id === 'string'),
    next: typeof after === 'string' && after !== '' && ids.length > 0 ? after : undefined,
  };
}

/** Errors: `CarrierConfigError`. */
export async function createTelnyxCarrier(config: TelnyxConfig, clock: Clock): Promise<Carrier> {
  const base = `${checkBaseUrl('telnyx', config.baseUrl ?? 'https://api.telnyx.com')}/v2`;
  const headers = ({ apiKey }: TelnyxAccount) => ({
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
  });
  return createHttpCarrier(
    {
      provider: 'telnyx',
      accounts: openAccounts(config.accounts, {
        name: 'Telnyx',
        key: 'connectionId',
        idOf: ({ connectionId }) => connectionId,
      }),
      wordOf,
      gone: GONE,
      hangUp: (legId, account, { idempotencyKey }) => ({
        method: 'POST',
        url: `${base}/calls/${legId}/actions/hangup`,
        headers: headers(account),
        body: JSON.stringify({ command_id: idempotencyKey }),
      }),
      ask: {
        request: (legId, account) => ({
          method: 'GET',
          url: `${base}/calls/${legId}`,
          headers: headers(account),
        }),
        read: readStatus,
      },
      list: {
        request: (account, page) => {
          if (account.connectionId === undefined) return undefined;
          const query = new URLSearchParams({ 'page[limit]': String(PAGE_SIZE) });
          if (page !== undefined) query.set('page[after]', page);
          const path = `connections/${encodeURIComponent(account.connectionId)}/active_calls`;
          return { method: 'GET', url: `${base}/${path}?${query.toString()}`, headers: headers(account) };
        },
        read: readPage,
      },
    },
    clock,
  );
}
