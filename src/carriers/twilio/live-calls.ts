/** Which calls Twilio says are up, page by page over all accounts. */
import type { Cancellation } from '../cancellation.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { classifyFetch } from './answers.ts';
import type { HttpAnswer } from '../http.ts';
import type { CallsApi } from './calls-api.ts';

/** Where the next page begins: an account, and Twilio's own path within it. */
interface Cursor {
  readonly accountSid: string;
  readonly page?: string;
}

/** One page of one account. Outcomes: those of `Carrier.list`. */
export async function listLive(
  api: CallsApi,
  accounts: readonly string[],
  cursor: string | undefined,
  own: Cancellation,
): Promise<Outcome> {
  const [first = ''] = accounts;
  const at: Cursor = cursor === undefined ? { accountSid: first } : (JSON.parse(cursor) as Cursor);
  const answer = await api.listLive(at.accountSid, at.page, own);
  const body = parseList(answer);
  // Twilio's refusals mean the same for a list as for a call, but that a missing list proves nothing.
  if (body === undefined) {
    const refusal = classifyFetch(answer);
    return refusal.result === 'already-gone' ? { ...refusal, result: 'fatal' } : refusal;
  }
  const next = nextOf(body.next, at.accountSid, accounts);
  return { result: 'live', data: { lines: body.lines, ...(next === undefined ? {} : { next }) } };
}

interface List {
  readonly lines: JsonObject[];
  readonly next: string | undefined;
}

function parseList({ status, body }: HttpAnswer): List | undefined {
  if (status !== 200) return undefined;
  const { calls, next_page_uri: next } = (parse(body) ?? {}) as { calls?: unknown; next_page_uri?: unknown };
  if (!Array.isArray(calls)) return undefined;
  return {
    lines: (calls as Record<string, unknown>[]).flatMap(lineOf),
    next: typeof next === 'string' && next.startsWith('/') ? next : undefined,
  };
}

/** A child lives and ends with its parent, which is the call that somebody started. */
function lineOf(call: Record<string, unknown>): JsonObject[] {
  const { sid, account_sid: accountSid, parent_call_sid: parent } = call;
  if (typeof sid !== 'string' || typeof accountSid !== 'string' || typeof parent === 'string') return [];
  return [{ id: sid, address: { callSid: sid, accountSid } }];
}

function nextOf(
  page: string | undefined,
  accountSid: string,
  accounts: readonly string[],
): string | undefined {
  if (page !== undefined) return JSON.stringify({ accountSid, page } satisfies Cursor);
  const following = accounts[accounts.indexOf(accountSid) + 1];
  return following === undefined ? undefined : JSON.stringify({ accountSid: following } satisfies Cursor);
}

function parse(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
