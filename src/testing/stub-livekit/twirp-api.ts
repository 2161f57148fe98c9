/** The stub's HTTP side: Twirp over JSON, as the server SDK speaks it, with real token checks. */
import type { EventEmitter } from 'node:events';
import type { Clock } from '../../clock/clock.ts';
import { FaultQueue } from '../stub-server/fault-queue.ts';
import { RequestRecord } from '../stub-server/request-record.ts';
import { replyOfFault } from '../stub-server/stub-server.ts';
import type { StubFault, StubReply, StubRequest } from '../stub-server/stub-server.ts';
import { METHODS, twirpError } from './methods.ts';
import type { Message } from './methods.ts';
import type { StubLiveKitEvents, StubLiveKitMethod, StubLiveKitRequest } from './request.ts';
import type { RoomStore } from './room-store.ts';

interface Parts {
  readonly store: RoomStore;
  readonly clock: Clock;
  readonly events: EventEmitter<StubLiveKitEvents>;
  readonly requestsMax: number;
  /** The video grants of a token; rejects for one that is not valid. */
  readonly verify: (token: string) => Promise<Message>;
}

type Seen = Omit<StubLiveKitRequest, 'answered'>;

interface Asked {
  readonly service: string;
  readonly name: string;
  readonly body: string;
  /** Empty when there is none. */
  readonly token: string;
}

const SERVICES: ReadonlySet<string> = new Set(Object.values(METHODS).map(({ service }) => service));

const PATH = /^\/twirp\/livekit\.(\w+)\/(\w+)$/;

/** The Twirp code of a fault that names none. Source: the Twirp specification, version 7. */
const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  408: 'deadline_exceeded',
  412: 'failed_precondition',
  429: 'resource_exhausted',
  500: 'internal',
  501: 'unimplemented',
  503: 'unavailable',
};

function errorBody(status: number, code?: number | string, msg = 'stub error'): Record<string, unknown> {
  return { code: code ?? CODE_BY_STATUS[status] ?? 'unknown', msg };
}

function plainText(status: number, body: string): StubReply {
  return { status, body, headers: { 'content-type': 'text/plain; charset=utf-8' } };
}

/** A real server quotes the whole token, so that whoever logs the answer logs a secret. */
function refusalOf(token: string): string {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)
    ? `invalid token: ${token}, error: token signature is invalid: signature is invalid`
    : 'invalid authorization token';
}

function badRoute(path: string): StubReply {
  const { status, body } = twirpError(404, 'bad_route', `no handler for path "${path}"`);
  return { status, body: { ...(body as object), meta: { twirp_invalid_route: `POST ${path}` } } };
}

/** The request handler and what programs it. */
export function twirpApi({ store, clock, events, requestsMax, verify }: Parts): {
  reply: (request: StubRequest) => Promise<StubReply>;
  requests: () => readonly StubLiveKitRequest[];
  failNext: (method: StubLiveKitMethod, faults: readonly StubFault[]) => void;
} {
  const faults = new FaultQueue();
  const record = new RequestRecord<StubLiveKitRequest>(requestsMax);

  const decide = ({ service, name, body, token }: Asked, seen: Seen): StubReply => {
    // The server's token check answers in plain text, before Twirp; no token at all is a missing grant.
    if (seen.grants === undefined && token !== '') return plainText(401, refusalOf(token));
    if (!SERVICES.has(service)) return plainText(404, '404 page not found\n');
    const method = Object.hasOwn(METHODS, name) ? METHODS[name as StubLiveKitMethod] : undefined;
    if (method === undefined || method.service !== service)
      return badRoute(`/twirp/livekit.${service}/${name}`);
    if (parse(body) === undefined) {
      return twirpError(400, 'malformed', 'the json request could not be decoded');
    }
    if (seen.grants === undefined || !method.allowed(seen.grants, seen.message)) {
      return twirpError(401, 'unauthenticated', 'permissions denied');
    }
    const fault = faults.take(seen.method);
    if (fault === undefined) return method.act(store, seen.message);
    if (fault.afterActing === true) method.act(store, seen.message);
    return replyOfFault(fault, errorBody);
  };

  return {
    reply: async (request) => {
      const [, service = '', name = ''] = PATH.exec(request.url) ?? [];
      const { body } = request;
      const times = { arrivedAt: clock.monotonic(), arrivedWallAt: clock.now() };
      const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
      const grants = await verify(token).catch(() => undefined);
      const { connection } = request;
      const seen: Seen = { ...times, method: name, message: parse(body) ?? {}, grants, connection };
      const reply = decide({ service, name, body, token }, seen);
      const answered = 'silence' in reply ? reply.silence : reply.status;
      record.add({ ...seen, answered });
      events.emit('request', { ...seen, answered });
      return reply;
    },
    requests: () => record.all(),
    failNext: (method, wanted) => faults.push(method, wanted),
  };
}

/** Undefined for what is not a JSON object. */
function parse(body: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Message)
      : undefined;
  } catch {
    return undefined;
  }
}
