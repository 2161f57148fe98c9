/** Plivo's call resource as it documents it: deleted to hang up, asked among the live calls. */
import { expect, it } from 'vitest';
import { createPlivoCarrier } from '../../../src/carriers/plivo/carrier.ts';
import type { PlivoAccount } from '../../../src/carriers/plivo/carrier.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { attemptOptions } from '../attempt-options.ts';
import { BAD_IDS, FOREIGN, httpStub, listed } from '../http-stub.ts';

const notFound = { status: 404, body: { api_id: 'a1', error: 'not found' } };
const stub = httpStub(({ method, url }, lines) => {
  if (url.endsWith('/Call/?status=live')) {
    const calls = [...lines].flatMap(([id, { up }]) => (up ? [id] : []));
    return { status: 200, body: { api_id: 'a1', calls } };
  }
  const line = lines.get(url.split('/')[5] ?? '');
  if (line?.up !== true) return notFound;
  if (method === 'GET')
    return { status: 200, body: { api_id: 'a1', call_status: 'in-progress', direction: 'inbound' } };
  line.up = false;
  return { status: 204, body: '' };
});
const ACCOUNT = { authId: 'MA1', authToken: 'planted-token' };
const open = (...more: PlivoAccount[]) =>
  stub.own(createPlivoCarrier({ accounts: [ACCOUNT, ...more], baseUrl: stub.url }, systemClock));
const LEG = { legId: 'eac94337-b1cd-499b-82d1-b39bca50dc31' };
const options = { ...attemptOptions(), unanswered: false };

it('is ended by a deletion, and is live as long as the live calls have it', async () => {
  stub.lines.set(LEG.legId, { up: true });
  const carrier = await open();
  expect(await carrier.ask(LEG, options)).toEqual({ result: 'live', status: 'in-progress' });
  expect(await carrier.hangUp(LEG, options)).toEqual({ result: 'accepted' });
  expect(await carrier.ask(LEG, options)).toMatchObject({ result: 'already-gone' });
  const path = `/v1/Account/MA1/Call/${LEG.legId}/`;
  expect(stub.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET ${path}?status=live`,
    `DELETE ${path}`,
    `GET ${path}?status=live`,
  ]);
  const basic = Buffer.from('MA1:planted-token').toString('base64');
  expect(stub.requests[1]?.headers.authorization).toBe(`Basic ${basic}`);
});

it('reads 404 in its own form as already gone, and another error of its own as a refusal (field rule 28)', async () => {
  const carrier = await open();
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result: 'already-gone', code: 'http_404' });
  stub.lines.set(LEG.legId, { up: true });
  stub.answers.push({ status: 400, body: { api_id: 'a1', error: 'invalid' } });
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result: 'fatal', code: 'http_400' });
});

it.each(FOREIGN)('takes %j for no word of Plivo', async (answer, result, code) => {
  stub.answers.push(answer, answer);
  const carrier = await open();
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result, code });
  expect(await carrier.ask(LEG, options)).toMatchObject({ result, code });
});

it('sends nothing without an id: a deletion without one would end every call of the account', async () => {
  const carrier = await open();
  for (const legId of BAD_IDS) {
    const leg = legId === undefined ? {} : { legId };
    expect(await carrier.hangUp(leg, options)).toMatchObject({ result: 'fatal', code: 'leg_invalid' });
  }
  expect(stub.requests).toEqual([]);
});

it('acts for the account that the leg names, and for none that is not configured (field rule 23)', async () => {
  stub.lines.set(LEG.legId, { up: true });
  const carrier = await open({ authId: 'SA2', authToken: 'token-2' });
  expect(await carrier.hangUp({ ...LEG, authId: 'SA2' }, options)).toEqual({ result: 'accepted' });
  expect(stub.requests[0]).toMatchObject({ url: `/v1/Account/SA2/Call/${LEG.legId}/` });
  expect(carrier.refuses(LEG)).toMatch(/authId is needed: several Plivo accounts/);
  expect(carrier.refuses({ ...LEG, authId: 'SA3' })).toMatch(/authId names no configured Plivo account/);
});

it('lists the live calls of every account (invariant 34)', async () => {
  stub.lines.set('u1', { up: true });
  stub.lines.set('u2', { up: false });
  const carrier = await open({ authId: 'SA2', authToken: 'token-2' });
  expect(await listed(carrier)).toEqual([
    { id: 'u1', address: { legId: 'u1', authId: 'MA1' } },
    { id: 'u1', address: { legId: 'u1', authId: 'SA2' } },
  ]);
});

it('is refused at start with an account or a URL that cannot be one (field rule 23)', async () => {
  const refused = (accounts: readonly PlivoAccount[], baseUrl = 'http://127.0.0.1:9') =>
    expect(createPlivoCarrier({ accounts, baseUrl }, systemClock)).rejects;
  await refused([{ ...ACCOUNT, authId: 'MA/1' }]).toThrow(/plivo: authId/);
  await refused([]).toThrow(/plivo: no account is configured/);
  await refused([ACCOUNT, ACCOUNT]).toThrow(/plivo: account MA1 is listed twice/);
  await refused([ACCOUNT], 'ftp://x').toThrow(/plivo: its base URL must begin/);
  await refused([ACCOUNT], 'https://api.plivo.com/v1').toThrow(
    /plivo: its base URL must not end in a version/,
  );
});
