/** Which lines a carrier says are up: page by page, one account after the other. */
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { AccountBook } from './accounts.ts';
import type { HttpAnswer, HttpRequest } from './http.ts';

export interface LinePage {
  readonly ids: readonly string[];
  /** Where the next page of this account begins; absent on the last one. */
  readonly next?: string | undefined;
}

export interface ListDefinition<A> {
  /** Undefined: nobody can tell which lines of this account are up. */
  readonly request: (account: A, page: string | undefined) => HttpRequest | undefined;
  /** Of a success; undefined when it is no such page. */
  readonly read: (answer: HttpAnswer) => LinePage | undefined;
}

/** Place of an account in the configuration, and the provider's own word for a page of it. */
interface Cursor {
  readonly account: number;
  readonly page?: string | undefined;
}

/** One page. `send` answers the outcome instead when the provider refuses. Outcomes: those of `Carrier.list`. */
export async function listPage<A>(
  { all, addressOf }: AccountBook<A>,
  { request, read }: ListDefinition<A>,
  cursor: string | undefined,
  send: (request: HttpRequest) => Promise<HttpAnswer | Outcome>,
): Promise<Outcome> {
  const at: Cursor = cursor === undefined ? { account: 0 } : (JSON.parse(cursor) as Cursor);
  const account = all[at.account];
  const asked = account && request(account, at.page);
  if (account === undefined || asked === undefined) return pageOf([], following(all, at));
  const answer = await send(asked);
  if ('result' in answer) {
    // A list that is not found says nothing about the calls.
    return answer.result === 'already-gone' ? { ...answer, result: 'fatal' } : answer;
  }
  const page = read(answer);
  if (page === undefined) return { result: 'retry', code: 'unreadable', detail: 'The body is no list.' };
  const lines = page.ids.map((id) => ({ id, address: { legId: id, ...addressOf(account) } }));
  return pageOf(lines, page.next === undefined ? following(all, at) : { ...at, page: page.next });
}

function following(all: readonly unknown[], { account }: Cursor): Cursor | undefined {
  return account + 1 < all.length ? { account: account + 1 } : undefined;
}

function pageOf(lines: JsonObject[], next: Cursor | undefined): Outcome {
  return { result: 'live', data: { lines, ...(next && { next: JSON.stringify(next) }) } };
}
