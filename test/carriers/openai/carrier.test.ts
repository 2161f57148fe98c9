/** OpenAI's Realtime API for SIP calls as it documents it: hangup only. */
import { expect, it } from 'vitest';
import { createOpenAiCarrier } from '../../../src/carriers/openai/carrier.ts';
import type { OpenAiAccount } from '../../../src/carriers/openai/carrier.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { attemptOptions } from '../attempt-options.ts';
import type { StubReply } from '../../../src/testing/stub-server/stub-server.ts';
import { FOREIGN, httpStub } from '../http-stub.ts';

const error = (status: number, code: string | null) => ({
  status,
  body: { error: { message: 'No session found', type: 'invalid_request_error', param: null, code } },
});
const stub = httpStub(({ url }, lines) => {
  const line = lines.get(url.split('/')[4] ?? '');
  if (line?.up !== true) return error(400, 'call_id_not_found');
  line.up = false;
  return { status: 200, body: '' };
});
const open = (accounts: readonly OpenAiAccount[] = [{ apiKey: 'sk-planted' }]) =>
  stub.own(createOpenAiCarrier({ accounts, baseUrl: `${stub.url}/` }, systemClock));
const LEG = { legId: 'rtc_u1_9c6574da8b8a41a18da9308f4ad974ce' };
const options = { ...attemptOptions(), unanswered: false };

it('is asked to hang up; a repeat finds the call gone, which proves the end (field rule 27)', async () => {
  stub.lines.set(LEG.legId, { up: true });
  const carrier = await open();
  expect(await carrier.hangUp(LEG, options)).toEqual({ result: 'accepted' });
  expect(await carrier.hangUp(LEG, options)).toMatchObject({
    result: 'already-gone',
    code: 'openai_call_id_not_found',
  });
  expect(stub.requests[0]).toMatchObject({ method: 'POST', url: `/v1/realtime/calls/${LEG.legId}/hangup` });
  expect(stub.requests[0]?.headers.authorization).toBe('Bearer sk-planted');
});

it('cannot be asked, and says so without a request', async () => {
  expect(await (await open()).ask(LEG, options)).toMatchObject({ result: 'fatal', code: 'ask_unsupported' });
  expect(stub.requests).toEqual([]);
});

it('acts with the key of the project that the leg names (field rule 23)', async () => {
  const carrier = await open([
    { project: 'proj_1', apiKey: 'sk-1' },
    { project: 'proj_2', apiKey: 'sk-2' },
  ]);
  await carrier.hangUp({ ...LEG, project: 'proj_2' }, options);
  expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-2']);
  expect(carrier.refuses(LEG)).toMatch(/project is needed: several OpenAI accounts/);
  expect(carrier.refuses({ ...LEG, project: 'proj_3' })).toMatch(
    /project names no configured OpenAI account/,
  );
  const nameless = [{ apiKey: 'sk-1' }, { project: 'proj_2', apiKey: 'sk-2' }];
  await expect(open(nameless)).rejects.toThrow(/openai: of several accounts each needs its project/);
});

it.each<readonly [StubReply, string, string]>([
  [error(404, null), 'already-gone', 'http_404'],
  [error(404, 'call_id_not_found'), 'already-gone', 'openai_call_id_not_found'],
  [error(400, 'invalid_call'), 'fatal', 'openai_invalid_call'],
  [error(401, 'invalid_api_key'), 'fatal', 'openai_invalid_api_key'],
  [error(500, null), 'retry', 'http_500'],
  ...FOREIGN,
])('reads %j as %s', async (answer, result, code) => {
  stub.answers.push(answer);
  expect(await (await open()).hangUp(LEG, options)).toMatchObject({ result, code });
});
