/**
 * A Twilio that runs in the test's process: calls with their life, the Call resource over HTTP, status
 * callbacks, faults on demand. It answers the official SDK as Twilio does where onhook can tell.
 */
import { EventEmitter } from 'node:events';
import type { Clock } from '../../clock/clock.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { startStubServer } from '../stub-server/stub-server.ts';
import type { StubAnswer, StubFault } from '../stub-server/stub-server.ts';
import { STUB_TWILIO_ACCOUNT } from './account.ts';
import type { StubTwilioAccount } from './account.ts';
import { callApi } from './call-api.ts';
import { CallStore } from './call-store.ts';
import type { StubCall, StubCallOptions, StubCallStatus } from './call.ts';
import type { StubTwilioEvents, StubTwilioRequest } from './request.ts';
import { statusCallbacks } from './status-callback.ts';

export interface StubTwilioOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly accounts?: readonly StubTwilioAccount[];
  /** How many requests are remembered at least; default 10 000, so that a benchmark does not grow. */
  readonly requestsMax?: number;
  /** Calls on one page of a list at most; default 1 000, as at Twilio. */
  readonly pageMax?: number;
  readonly clock?: Clock;
}

export interface StubTwilio {
  /** To be given as the base URL: `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly accounts: readonly StubTwilioAccount[];
  /** By CallSid; each entry is replaced when its status changes. */
  readonly calls: ReadonlyMap<string, StubCall>;
  readonly events: EventEmitter<StubTwilioEvents>;
  /** Requests seen, oldest first. */
  requests(): readonly StubTwilioRequest[];
  connectionCount(): number;
  addCall(options: StubCallOptions): StubCall;
  /** The far end or the network acts: sets the status, tells the callback URL. Unknown calls: ignored. */
  setStatus(callSid: string, status: StubCallStatus): void;
  /** The next requests for that call (`list`: lists of calls) meet these faults, in this order. */
  failNext(callSid: string, faults: readonly StubFault[]): void;
  /** Every request for that call (or `list`) is answered so, without effect; `undefined` ends it. */
  answerWith(callSid: string, answer: ((request: StubTwilioRequest) => StubAnswer) | undefined): void;
  /** Resolves when no status callback is on its way. */
  callbacksSent(): Promise<void>;
  close(): Promise<void>;
}

/** Loopback only. Remember to `close()`. */
export async function startStubTwilio(options: StubTwilioOptions = {}): Promise<StubTwilio> {
  const clock = options.clock ?? systemClock;
  const accounts = options.accounts ?? [STUB_TWILIO_ACCOUNT];
  const events = new EventEmitter<StubTwilioEvents>();
  const store = new CallStore(accounts[0]?.accountSid ?? '', clock);
  store.pageMax = options.pageMax ?? store.pageMax;
  const callbacks = statusCallbacks(accounts, clock);
  store.onStatus = (call, byRequest) => {
    callbacks.tell(call);
    events.emit('status', call);
    if (byRequest) events.emit('hangup', call);
  };
  const api = callApi({ accounts, store, clock, events, requestsMax: options.requestsMax ?? 10_000 });
  const server = await startStubServer(options.port ?? 0, api.reply);
  return {
    url: server.url,
    accounts,
    calls: store.calls,
    events,
    requests: api.requests,
    connectionCount: server.connectionCount,
    addCall: (call) => store.add(call),
    setStatus: (callSid, status) => store.setStatus(callSid, status),
    failNext: api.failNext,
    answerWith: api.answerWith,
    callbacksSent: callbacks.settled,
    close: async () => {
      store.cancelLateHangups();
      await server.close();
      await callbacks.settled();
    },
  };
}
