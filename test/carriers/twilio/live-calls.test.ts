/** Which calls Twilio says are up, over pages and accounts (invariant 34). */
import { Cancellation } from '../../../src/carriers/cancellation.ts';
import { expect, it, onTestFinished } from 'vitest';
import { createTwilioCarrier } from '../../../src/carriers/twilio/carrier.ts';
import type { Carrier } from '../../../src/carriers/carrier.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import type { Outcome } from '../../../src/contract/outcome.ts';
import { createCapacity } from '../../../src/dispatcher/capacity.ts';
import { createLineLists } from '../../../src/dispatcher/line-list.ts';
import { startStubTwilio } from '../../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../../src/testing/stub-twilio/stub-twilio.ts';

const ACCOUNTS = ['AC1', 'AC2'].map((accountSid) => ({ accountSid, authToken: `token of ${accountSid}` }));

async function world(): Promise<{ readonly stub: StubTwilio; readonly carrier: Carrier }> {
  const stub = await startStubTwilio({ accounts: ACCOUNTS, pageMax: 2 });
  const carrier = await createTwilioCarrier({ baseUrl: stub.url, accounts: ACCOUNTS }, systemClock);
  onTestFinished(async () => {
    await carrier.close();
    await stub.close();
  });
  return { stub, carrier };
}

async function listed(carrier: Carrier): Promise<string[]> {
  const found: string[] = [];
  for (const list of createLineLists([carrier], createCapacity(systemClock), systemClock)) {
    for await (const page of list.pages(() => undefined)) {
      found.push(...page.map(({ id, address }) => `${String(address['accountSid'])} ${id}`));
    }
  }
  return found;
}

it('every page of every account is read; ended calls and children are not lines', async () => {
  const { stub, carrier } = await world();
  for (const sid of ['CA1', 'CA2', 'CA3', 'CA4', 'CA5']) stub.addCall({ sid, accountSid: 'AC1' });
  stub.addCall({ sid: 'CA6', accountSid: 'AC2' });
  stub.addCall({ sid: 'CA7', accountSid: 'AC1', status: 'completed' });
  stub.addCall({ sid: 'CA8', accountSid: 'AC2', parentCallSid: 'CA6' });
  expect(await listed(carrier)).toEqual(['AC1 CA1', 'AC1 CA2', 'AC1 CA3', 'AC1 CA4', 'AC1 CA5', 'AC2 CA6']);
  expect(stub.requests().every(({ authorized }) => authorized)).toBe(true);
});

it('a list that is refused or missing proves nothing, and ends the round', async () => {
  const { stub, carrier } = await world();
  stub.addCall({ sid: 'CA1', accountSid: 'AC1' });
  const options = { cancellation: new Cancellation(), timeoutMs: 5_000, idempotencyKey: '' };
  for (const [status, result] of [
    [404, 'fatal'],
    [503, 'retry'],
    [401, 'fatal'],
  ] as [number, Outcome['result']][]) {
    stub.failNext('list', [{ status }]);
    expect(await carrier.list?.(undefined, options)).toMatchObject({ result });
  }
  stub.failNext('list', [{ status: 503 }]);
  expect(await listed(carrier)).toEqual([]);
});
