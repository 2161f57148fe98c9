/** All end functions behind their port: found without importing them here, checked at start, run by name. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { EndFunctions } from '../../src/end-functions/end-function.ts';
import { createEndFunctions, type EndFunctionsOptions } from '../../src/end-functions/end-functions.ts';
import { functionsFolder, input, planted } from './fixture.ts';

const signal = new AbortController().signal;
const opened: EndFunctions[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function start(modules: string[], more: Partial<EndFunctionsOptions> = {}): Promise<EndFunctions> {
  const environment = { ...process.env, ...planted };
  const options = { clock: systemClock, folder: functionsFolder, environment, modules, ...more };
  const endFunctions = await createEndFunctions(options);
  opened.push(endFunctions);
  return endFunctions;
}

describe('the manifests', () => {
  it('name every function of every module, in their order, the webhook last', async () => {
    const webhook = { url: 'http://127.0.0.1:9', secret: Buffer.from('secret').toString('base64') };
    const endFunctions = await start(['bare.mjs', 'plain.mjs', 'typed.ts'], { shipped: { webhook } });
    const retry = { maxAttempts: 5, initialMs: 1_000, maxMs: 60_000, factor: 2 };
    const defaults = { timeoutMs: 30_000, retry, after: [] };
    expect(endFunctions.manifests()).toEqual([
      {
        ...defaults,
        name: 'end_function',
        version: '1',
        module: expect.stringMatching(/^file:.*bare\.mjs$/),
      },
      {
        name: 'plain',
        version: '2',
        timeoutMs: 5_000,
        retry: { ...retry, maxAttempts: 2 },
        after: ['end_function'],
        module: expect.stringMatching(/plain\.mjs$/),
      },
      { ...defaults, name: 'typed', version: '2026-11', module: expect.stringMatching(/typed\.ts$/) },
      { ...defaults, name: 'webhook', version: '1', timeoutMs: 15_000, module: 'onhook:webhook' },
    ]);
  });

  it('are empty when nothing is configured', async () => {
    expect((await start([])).manifests()).toEqual([]);
  });
});

describe('a start is refused, with the cure, when', () => {
  it.each([
    ['a module throws', ['broken/throws.mjs'], 'end_function_module_failed', /throws\.mjs.*no DATABASE_URL/s],
    ['a module exits', ['broken/exits.mjs'], 'end_function_module_failed', /exit 7/],
    ['a module is not there', ['nowhere.mjs'], 'end_function_module_failed', /nowhere\.mjs/],
    ['a module defines nothing', ['broken/empty.mjs'], 'end_function_none_found', /defineEndFunction/],
    ['a definition is wrong', ['broken/invalid.mjs'], 'end_function_module_failed', /timeout.*name/s],
    ['two share a name', ['bare.mjs', 'bare.mjs'], 'end_function_duplicate', /end_function/],
    ['one waits for nobody', ['broken/unknown-after.mjs'], 'end_function_after_unknown', /nobody/],
    ['they wait in a circle', ['broken/cycle.mjs'], 'end_function_after_cycle', /b → c → b/],
  ])('%s', async (_when, modules, code, message) => {
    const refused = expect(start(modules)).rejects;
    await refused.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('a module does not come back from its import', async () => {
    const starting = start(['broken/loops.mjs'], { loadTimeoutMs: 1_500 });
    await expect(starting).rejects.toThrow(/not done after 1500 ms/);
  });

  it('a user function takes the name of the webhook', async () => {
    const webhook = { url: 'http://127.0.0.1:9', secret: Buffer.from('secret').toString('base64') };
    await expect(start(['broken/webhook.mjs'], { shipped: { webhook } })).rejects.toThrow(/named webhook/);
  });
});

describe('a run', () => {
  it('reaches the function of that name, whichever form it has', async () => {
    const endFunctions = await start(['bare.mjs', 'plain.mjs', 'typed.ts']);
    const outcomes = await Promise.all(
      ['end_function', 'plain', 'typed'].map((name) => endFunctions.run(name, input, { signal })),
    );
    expect(outcomes.map(({ data }) => data?.['output'])).toEqual([
      'booking by 1 lines',
      'plain',
      input.state,
    ]);
  });

  it('of an unknown name is missing for good (log rule 11)', async () => {
    const outcome = await (await start([])).run('gone', input, { signal });
    expect(outcome).toMatchObject({ result: 'fatal', code: 'function_missing' });
  });

  it('takes its time from the manifest unless told otherwise', async () => {
    const endFunctions = await start(['behaviours.mjs'], { killGraceMs: 100 });
    const outcome = await endFunctions.run('hangs', input, { signal, timeoutMs: 50 });
    expect(outcome).toMatchObject({ code: 'function_timeout', detail: 'not finished after 50 ms' });
  });

  it('of the webhook posts the record so far', async () => {
    const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const endFunctions = await start([], {
      shipped: { webhook: { url, secret: Buffer.from('secret').toString('base64') } },
    });
    expect(await endFunctions.run('webhook', input, { signal })).toEqual({ result: 'done', status: '200' });
    server.close();
  });
});
