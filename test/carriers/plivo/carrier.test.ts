/** Plivo's call resource as it documents it: deleted to hang up, asked among the live calls. */
import { expect, it } from 'vitest';
import { createPlivoCarrier } from '../../../src/carriers/plivo/carrier.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { attemptOptions } from '../attempt-options.ts';
import { FOREIGN, httpStub } from '../http-stub.ts';

const notFound = { status: 404, body: { api_id: 'a1', error: 'not found' } };
const stub = httpStub(({ method, url }, lines) => {
  const line = lines.get(url.split('/')[5] ?? '');
  if (line?.up !== true) return notFound;
  if (method === 'GET')
    return { status: 200, body: { api_id: 'a1', call_status: 'in-progress', direction: 'inbound' } };
  line.up = false;
  return { status: 204, body: '' };
});
const config = { authId: 'MA1', authToken: 'planted-token' };
const open = () => stub.own(createPlivoCarrier({ ...config, baseUrl: stub.url }, systemClock));
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
  stub.answers.push({ status: 400, body: { api_id: 'a1', error: 'invalid' } });
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result: 'fatal', code: 'http_400' });
});

it.each(FOREIGN)('takes %j for no word of Plivo', async (answer, result, code) => {
  stub.answers.push(answer, answer);
  const carrier = await open();
  expect(await carrier.hangUp(LEG, options)).toMatchObject({ result, code });
  expect(await carrier.ask(LEG, options)).toMatchObject({ result, code });
});

it('is refused at start with an account or a URL that cannot be one (field rule 23)', async () => {
  await expect(createPlivoCarrier({ ...config, authId: 'MA/1' }, systemClock)).rejects.toThrow(
    /plivo: authId/,
  );
  const wrong = { ...config, baseUrl: 'ftp://x' };
  expect(() => createPlivoCarrier(wrong, systemClock)).toThrow(/plivo: its base URL/);
});
