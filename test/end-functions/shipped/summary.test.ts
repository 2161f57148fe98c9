/** The shipped summary against an OpenAI-compatible stub: what it asks, and what of an answer it believes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock/system-clock.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import { defineSummary } from '../../../src/end-functions/shipped/summary.ts';
import type { SummaryOptions } from '../../../src/end-functions/shipped/summary.ts';
import { input } from '../fixture.ts';
import { signal, stage } from './receiver.ts';
import type { Stage } from './receiver.ts';

let on: Stage;
beforeEach(() => void (on = stage()));
afterEach(() => on.close());

const GOOD = {
  summary: 'The caller booked a table for two.',
  intent: 'booking',
  resolution: 'booked',
  nextSteps: ['confirm by text'],
  disposition: { code: 'booked', detail: null },
};

const completion = (content: unknown) =>
  JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] });

async function summarise(answer: unknown, more: Partial<SummaryOptions> = {}, given = input) {
  const body = typeof answer === 'string' ? answer : completion(JSON.stringify(answer));
  const { url, received } = await on.receive({ body });
  const summary = on.ship(defineSummary({ url: `${url}/v1/`, model: 'small', ...more }, systemClock));
  const outcome = await summary.run(given, { signal });
  return { outcome, received, asked: JSON.parse(received[0]?.body ?? '{}') as JsonObject };
}

it('asks with state and transcript for JSON by a schema, and keeps the answer with its disposition', async () => {
  const { outcome, received, asked } = await summarise(GOOD, {
    apiKey: 'planted-key',
    instructions: 'In German.',
  });
  expect(outcome).toEqual({ result: 'done', data: { output: GOOD, disposition: { code: 'booked' } } });
  expect(received[0]).toMatchObject({
    path: '/v1/chat/completions',
    headers: { authorization: 'Bearer planted-key', 'idempotency-key': input.idempotencyKey },
  });
  const [system, user] = asked['messages'] as { role: string; content: string }[];
  expect(system?.content).toMatch(/In German\.$/);
  expect(JSON.parse(user?.content ?? '')).toMatchObject({ state: input.state, transcript: 'caller: hello' });
  expect(asked['response_format']).toMatchObject({ type: 'json_schema', json_schema: { strict: true } });
});

it('tells the model which inputs are missing, and never as a blank (field rule 55)', async () => {
  const { asked } = await summarise(GOOD, {}, { ...input, missing: ['state.recordingUrl'] });
  const [, user] = asked['messages'] as { content: string }[];
  expect(JSON.parse(user?.content ?? '')).toMatchObject({ missing: ['state.recordingUrl'] });
});

it('leaves out the beginning of a transcript that is too long, and says so', async () => {
  const transcript = Array.from({ length: 3_000 }, (_, line) => ({
    role: 'caller',
    text: `${line} `.repeat(40),
  }));
  const { asked } = await summarise(GOOD, {}, { ...input, transcript });
  const [, user] = asked['messages'] as { content: string }[];
  const told = (JSON.parse(user?.content ?? '') as { transcript: string }).transcript;
  expect(told.length).toBeLessThan(201_000);
  expect(told).toMatch(/^\[the beginning is left out\]/);
});

describe('an answer that does not hold the schema is asked for again', () => {
  it.each([
    ['no JSON', completion('The caller booked a table.')],
    ['no completion', '{"error": "x"}'],
    ['an HTML page', '<html></html>'],
    ['a field of another kind', { ...GOOD, nextSteps: 'confirm' }],
    ['a field too many', { ...GOOD, mood: 'good' }],
    ['a field too few', { summary: 'x' }],
  ])('%s', async (_what, answer) => {
    const { outcome } = await summarise(answer);
    expect(outcome).toMatchObject({ result: 'retry', code: 'summary_invalid' });
    expect(outcome.detail).not.toMatch(/booked|confirm/);
  });

  it('a disposition that is not one of ours', async () => {
    const mine = { dispositions: ['sold', 'lost'] };
    expect((await summarise(GOOD, mine)).outcome).toMatchObject({ code: 'summary_invalid' });
    const sold = { ...GOOD, disposition: { code: 'sold', detail: 'two seats' } };
    const { outcome } = await summarise(sold, mine);
    expect(outcome.data).toMatchObject({ disposition: { code: 'sold', detail: 'two seats' } });
  });
});

it('takes a schema of the operator, and refuses one that is none', async () => {
  const schema: JsonObject = {
    type: 'object',
    properties: { disposition: { type: 'string' }, score: { type: 'integer', minimum: 0, maximum: 10 } },
    required: ['disposition', 'score'],
    additionalProperties: false,
  };
  const good = await summarise({ disposition: 'sold', score: 7 }, { schema });
  expect(good.outcome.data).toEqual({
    output: { disposition: 'sold', score: 7 },
    disposition: { code: 'sold' },
  });
  const bad = await summarise({ disposition: 'sold', score: 11 }, { schema });
  expect(bad.outcome).toMatchObject({ code: 'summary_invalid', detail: expect.stringMatching(/score/) });
  const wrong = { url: 'http://127.0.0.1:9', model: 'm', schema: { type: 'no such type' } };
  expect(() => defineSummary(wrong, systemClock)).toThrow(/schema/);
});

it('shows in the sandbox what it would ask, without the key, and asks nothing', async () => {
  const { url, received } = await on.receive();
  const summary = on.ship(defineSummary({ url, model: 'small', apiKey: 'planted-key' }, systemClock));
  expect(await summary.run(input, { signal, sandbox: true })).toMatchObject({ result: 'done' });
  expect(received).toEqual([]);
  expect(summary.shown).toMatchObject([
    { method: 'POST', url: `${url}/chat/completions`, body: { model: 'small' } },
  ]);
  expect(JSON.stringify(summary.shown)).not.toContain('planted-key');
});

it('with a key that no header carries is a dead letter at once, which does not repeat the key (invariant 22)', async () => {
  const { outcome, received } = await summarise(GOOD, { apiKey: 'sk-planted…' });
  expect(outcome).toMatchObject({ result: 'fatal', code: 'request_invalid' });
  expect(JSON.stringify(outcome)).not.toContain('planted');
  expect(received).toEqual([]);
});
