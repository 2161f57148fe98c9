/** The stub's HTTP side: Basic auth, update, fetch and list of calls, in Twilio's forms. */
import type { EventEmitter } from 'node:events';
import type { Clock } from '../../clock/clock.ts';
import { FaultQueue } from '../stub-server/fault-queue.ts';
import { RequestRecord } from '../stub-server/request-record.ts';
import { replyOfFault } from '../stub-server/stub-server.ts';
import type { StubAnswer, StubFault, StubReply, StubRequest } from '../stub-server/stub-server.ts';
import type { StubTwilioAccount } from './account.ts';
import type { CallStore } from './call-store.ts';
import { callJson, hasEnded } from './call.ts';
import type { StubCall } from './call.ts';
import type { StubTwilioEvents, StubTwilioRequest } from './request.ts';

interface Parts {
  readonly accounts: readonly StubTwilioAccount[];
  readonly store: CallStore;
  readonly clock: Clock;
  readonly events: EventEmitter<StubTwilioEvents>;
  readonly requestsMax: number;
}

type Answerer = (request: StubTwilioRequest) => StubAnswer;
type Seen = Omit<StubTwilioRequest, 'answered'>;

const PATH = /^\/2010-04-01\/Accounts\/([^/?]+)\/Calls(?:\/([^/?]+))?\.json(?:\?(.*))?$/;

/** What the stub puts into an error without a code of its own. Sources: Twilio's error pages. */
const CODE_BY_STATUS: Readonly<Record<number, number>> = {
  400: 21220,
  401: 20003,
  403: 20403,
  404: 20404,
  429: 20429,
  500: 20500,
  503: 20503,
};

function errorBody(status: number, code?: number | string, message = 'Stub error'): Record<string, unknown> {
  const number = code ?? CODE_BY_STATUS[status] ?? 20000 + status;
  return { code: number, message, more_info: `https://www.twilio.com/docs/errors/${number}`, status };
}

const refuse = (status: number, code: number, message: string): StubAnswer => ({
  status,
  body: errorBody(status, code, message),
});

/** The request handler and what programs it. */
export function callApi({ accounts, store, clock, events, requestsMax }: Parts): {
  reply: (request: StubRequest) => StubReply;
  requests: () => readonly StubTwilioRequest[];
  failNext: (callSid: string, faults: readonly StubFault[]) => void;
  answerWith: (callSid: string, answer: Answerer | undefined) => void;
} {
  const faults = new FaultQueue();
  const answerers = new Map<string, Answerer>();
  const record = new RequestRecord<StubTwilioRequest>(requestsMax);
  const passwords = passwordTable(accounts);

  const decide = (seen: Seen): StubReply => {
    if (!seen.authorized) return refuse(401, 20003, 'Authenticate');
    const answerer = answerers.get(seen.callSid ?? 'list');
    if (answerer !== undefined) return answerer({ ...seen, answered: 200 });
    const fault = faults.take(seen.callSid ?? 'list');
    if (fault === undefined) return act(store, seen);
    if (fault.afterActing === true) act(store, seen);
    return replyOfFault(fault, errorBody);
  };

  return {
    reply: (request) => {
      const seen = read(request, passwords, clock);
      const reply = decide(seen);
      const answered = 'silence' in reply ? reply.silence : reply.status;
      record.add({ ...seen, answered });
      events.emit('request', { ...seen, answered });
      return reply;
    },
    requests: () => record.all(),
    failNext: (callSid, wanted) => faults.push(callSid, wanted),
    answerWith: (callSid, answer) =>
      void (answer === undefined ? answerers.delete(callSid) : answerers.set(callSid, answer)),
  };
}

/** `<account>` → user name → password. */
function passwordTable(accounts: readonly StubTwilioAccount[]): Map<string, Map<string, string>> {
  const entryOf = ({ accountSid, authToken, apiKeys }: StubTwilioAccount): [string, Map<string, string>] => [
    accountSid,
    new Map([[accountSid, authToken], ...Object.entries(apiKeys ?? {})]),
  ];
  return new Map(accounts.map(entryOf));
}

function read(request: StubRequest, passwords: Map<string, Map<string, string>>, clock: Clock): Seen {
  const [, accountSid, callSid] = PATH.exec(request.url) ?? [];
  const [scheme, encoded] = (request.headers.authorization ?? '').split(' ');
  const [username, password] = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':');
  const expected = passwords.get(accountSid ?? '')?.get(username ?? '');
  return {
    arrivedAt: clock.monotonic(),
    arrivedWallAt: clock.now(),
    method: request.method,
    url: request.url,
    ...(accountSid === undefined ? {} : { accountSid }),
    ...(callSid === undefined ? {} : { callSid }),
    form: Object.fromEntries(new URLSearchParams(request.body)),
    ...(username ? { username } : {}),
    authorized: scheme === 'Basic' && expected !== undefined && expected === password,
    connection: request.connection,
  };
}

function notFound(url: string): StubAnswer {
  return refuse(404, 20404, `The requested resource ${url} was not found`);
}

function act(store: CallStore, seen: Seen): StubAnswer {
  if (seen.accountSid !== undefined && seen.callSid === undefined) {
    return list(store, seen.accountSid, seen.url);
  }
  const call = store.calls.get(seen.callSid ?? '');
  if (call === undefined || call.accountSid !== seen.accountSid) return notFound(seen.url);
  if (seen.method === 'GET') return { status: 200, body: callJson(call) };
  if (seen.method !== 'POST') return refuse(405, 20004, 'Method not allowed');
  return update(store, call, seen);
}

/** A redirect (Url, Twiml) is accepted and changes nothing here. */
function update(store: CallStore, call: StubCall, seen: Seen): StubAnswer {
  const status = seen.form['Status'];
  if (hasEnded(call) && call.whenEnded !== 'unchanged') {
    return call.whenEnded === '21220' ? refuse(400, 21220, 'Call is not in-progress.') : notFound(seen.url);
  }
  if (status !== undefined && status !== 'completed' && status !== 'canceled') {
    return refuse(400, 20001, 'Status must be completed or canceled');
  }
  if (status !== undefined) store.hangUp(call, status);
  return { status: 200, body: callJson(store.calls.get(call.sid) ?? call) };
}

function list(store: CallStore, accountSid: string, url: string): StubAnswer {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const parent = query.get('ParentCallSid');
  const status = query.get('Status');
  const pageSize = Math.min(Number(query.get('PageSize') ?? 50), store.pageMax);
  const page = Number(query.get('Page') ?? 0);
  const candidates = parent === null ? [...store.calls.values()] : store.children(parent);
  const all = candidates.filter(
    (call) => call.accountSid === accountSid && (status === null || call.status === status),
  );
  const start = page * pageSize;
  const calls = all.slice(start, start + pageSize).map(callJson);
  query.set('Page', String(page + 1));
  const next = start + pageSize < all.length ? `${url.split('?')[0] ?? ''}?${query.toString()}` : null;
  const links = { first_page_uri: url, next_page_uri: next, previous_page_uri: null, uri: url };
  return { status: 200, body: { calls, page, page_size: pageSize, start, ...links } };
}
