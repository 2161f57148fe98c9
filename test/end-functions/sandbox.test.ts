/** The sandbox: what a function would send is shown, answered, and does not leave; live is a setting away. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { FunctionLog } from '../../src/end-functions/attempt.ts';
import type { EndFunctions } from '../../src/end-functions/end-function.ts';
import { createEndFunctions } from '../../src/end-functions/end-functions.ts';
import type { FunctionSettings } from '../../src/end-functions/overrides.ts';
import { functionsFolder, input } from './fixture.ts';
import { signal, stage } from './shipped/receiver.ts';
import type { Stage } from './shipped/receiver.ts';

let on: Stage;
beforeEach(() => void (on = stage()));
afterEach(() => on.close());

async function start(settings: Record<string, FunctionSettings>) {
  const said: FunctionLog[] = [];
  const endFunctions: EndFunctions = await createEndFunctions({
    clock: systemClock,
    folder: functionsFolder,
    environment: process.env,
    modules: ['sends.mjs'],
    settings,
    onLog: (line) => void said.push(line),
  });
  on.own(endFunctions);
  const { url, received } = await on.receive({ body: '{"real":true}' });
  const run = (name: string) =>
    endFunctions.run(name, { ...input, state: { url: `${url}/crm?a=1` } }, { signal });
  return { run, received, said, url };
}

const SANDBOX = { environment: 'sandbox' } as const;

it('shows requests of fetch, http and https, answers them, and sends none', async () => {
  const { run, received, said, url } = await start({ 'by-fetch': SANDBOX, 'by-node': SANDBOX });
  expect(await run('by-fetch')).toMatchObject({
    result: 'done',
    data: { output: { status: 200, json: {} } },
  });
  const empty = { status: 200, text: '{}' };
  expect(await run('by-node')).toMatchObject({ data: { output: [empty, empty] } });
  expect(received).toEqual([]);
  const shown = said.filter(({ from }) => from === 'sandbox').map(({ fields }) => fields);
  expect(shown).toMatchObject([
    {
      method: 'POST',
      url: `${url}/crm?a=1`,
      body: '{"from":"fetch"}',
      headers: { authorization: '[hidden]' },
    },
    { method: 'PUT', url: `${url}/crm?a=1`, body: 'from node', headers: { 'x-mine': '1' } },
    { method: 'PUT', url: `${url.replace('http:', 'https:')}/crm?a=1`, body: 'from node' },
  ]);
});

it('opens no other connection, and says to where one was wanted', async () => {
  const { run, received, said } = await start({ 'by-socket': SANDBOX });
  expect(await run('by-socket')).toMatchObject({ result: 'done', data: { output: ['sandbox', 'sandbox'] } });
  expect(received).toEqual([]);
  expect(said.map(({ fields }) => fields)).toMatchObject([
    { refused: 'connection' },
    { refused: 'connection' },
  ]);
});

it('is left by a change of the configuration, one function at a time', async () => {
  const { run, received, said } = await start({ 'by-node': SANDBOX });
  await run('by-node');
  expect(await run('by-fetch')).toMatchObject({ data: { output: { json: { real: true } } } });
  expect(received).toHaveLength(1);
  expect(said.every(({ functionName }) => functionName === 'by-node')).toBe(true);
});

it('settings for a function that does not exist are refused at start', async () => {
  await expect(start({ nobody: SANDBOX })).rejects.toThrow(
    /functions\.nobody .*by-fetch, by-node, by-socket/,
  );
});

it('put over a manifest what the operator says, and leave the rest', async () => {
  const settings: Record<string, FunctionSettings> = {
    'by-fetch': { after: ['by-node'], timeoutMs: 5, retry: { maxAttempts: 1 }, onlyIf: { 'state.a': 1 } },
  };
  const endFunctions = on.own(
    await createEndFunctions({
      clock: systemClock,
      folder: functionsFolder,
      environment: process.env,
      modules: ['sends.mjs'],
      settings,
    }),
  );
  expect(endFunctions.manifests()[0]).toMatchObject({
    name: 'by-fetch',
    version: '1',
    after: ['by-node'],
    timeoutMs: 5,
    retry: { maxAttempts: 1, initialMs: 1_000 },
    onlyIf: { 'state.a': 1 },
  });
});
