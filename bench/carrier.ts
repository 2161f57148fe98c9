/** The stub Twilio in its own process; remembers when each hangup request arrived. */
import { startStubTwilio } from '../src/testing/stub-twilio/stub-twilio.ts';
import { callSidOf } from './calls.ts';
import type { Round } from './calls.ts';
import { expose, sharedNowMs } from './child.ts';

const stub = await startStubTwilio();
let arrivals = new Map<string, number>();
let requests = 0;

stub.events.on('request', ({ callSid, method }) => {
  if (method !== 'POST' || callSid === undefined) return;
  requests += 1;
  if (!arrivals.has(callSid)) arrivals.set(callSid, sharedNowMs());
});

const methods = {
  where: () => ({
    url: stub.url,
    account: stub.accounts[0]?.accountSid ?? '',
    token: stub.accounts[0]?.authToken ?? '',
  }),
  /** Makes the calls of a round known, in progress. */
  expect: ({ round, calls }: Round) => {
    for (let index = 0; index < calls; index += 1) stub.addCall({ sid: callSidOf(round, index) });
  },
  /** CallSid → instant of its first hangup request, on the shared clock; and all requests seen. */
  arrivals: () => {
    const taken = { arrivals, requests };
    arrivals = new Map();
    requests = 0;
    return taken;
  },
};

export type CarrierMethods = typeof methods;

expose(methods);
