/** A carrier's API on loopback: lines that are up or over, requests that it saw, answers and faults on order. */
import { Cancellation } from '../../src/carriers/cancellation.ts';
import { afterEach, beforeEach } from 'vitest';
import type { Carrier } from '../../src/carriers/carrier.ts';
import { startStubServer } from '../../src/testing/stub-server/stub-server.ts';
import type {
  StubAnswer,
  StubReply,
  StubRequest,
  StubServer,
} from '../../src/testing/stub-server/stub-server.ts';

export interface Line {
  up: boolean;
}

export interface HttpStub {
  readonly lines: Map<string, Line>;
  readonly requests: StubRequest[];
  /** In place of the next answers, first in first out. */
  readonly answers: StubReply[];
  readonly url: string;
  readonly connections: number;
  /** Closed with the test. */
  own(carrier: Promise<Carrier>): Promise<Carrier>;
}

/** A fresh one for each test; `answer` speaks the provider's documented shapes. */
export function httpStub(answer: (request: StubRequest, lines: Map<string, Line>) => StubAnswer): HttpStub {
  let server: StubServer;
  const carriers: Carrier[] = [];
  const stub = {
    lines: new Map<string, Line>(),
    requests: [] as StubRequest[],
    answers: [] as StubReply[],
    get url() {
      return server.url;
    },
    get connections() {
      return server.connectionCount();
    },
    async own(opening: Promise<Carrier>) {
      const carrier = await opening;
      carriers.push(carrier);
      return carrier;
    },
  };
  beforeEach(async () => {
    stub.lines.clear();
    stub.requests.length = 0;
    stub.answers.length = 0;
    server = await startStubServer(0, (request) => {
      stub.requests.push(request);
      return stub.answers.shift() ?? answer(request, stub.lines);
    });
  });
  afterEach(async () => {
    await Promise.all(carriers.splice(0).map((carrier) => carrier.close()));
    await server.close();
  });
  return stub;
}

/** All lines of all pages, as the reconciler asks for them. Fails when a page is refused. */
export async function listed(carrier: Carrier): Promise<unknown[]> {
  const lines: unknown[] = [];
  let cursor: string | undefined;
  do {
    const cancellation = new Cancellation();
    const page = await carrier.list?.(cursor, { cancellation, timeoutMs: 5_000, idempotencyKey: '' });
    if (page?.result !== 'live') throw new TypeError(`refused: ${JSON.stringify(page)}`);
    lines.push(...(page.data?.['lines'] as unknown[]));
    cursor = page.data?.['next'] as string | undefined;
  } while (cursor !== undefined);
  return lines;
}

/** What every HTTP carrier does with answers that are not the provider's own. */
export const FOREIGN: readonly (readonly [StubReply, string, string])[] = [
  [{ status: 404, body: '<html>Not Found</html>' }, 'retry', 'http_404'],
  [{ status: 400, body: '<html>' }, 'retry', 'http_400'],
  [{ status: 401, body: '{}' }, 'fatal', 'http_401'],
  [{ status: 403, body: '<html>' }, 'fatal', 'http_403'],
  [{ status: 429, body: '{}', headers: { 'retry-after': '7' } }, 'retry', 'http_429'],
  [{ status: 503, body: '<html>' }, 'retry', 'http_503'],
  [{ silence: 'reset' }, 'retry', 'reset'],
];

/** Ids that must never reach a URL. */
export const BAD_IDS = ['', '..', 'a/b', 'a.b', 'a?b', 'x'.repeat(300), 7, undefined];
