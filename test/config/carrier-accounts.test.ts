/** Several accounts of one carrier, as keys or tokens, their secrets in files of their own (field rule 23). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { carriersConfig } from '../../src/cli/serve/carriers-config.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { LoadedConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { renderConfig } from '../../src/config/show.ts';

const folder = mkdtempSync(join(tmpdir(), 'onhook-accounts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const load = (yaml: string, env: NodeJS.ProcessEnv = {}): LoadedConfig =>
  loadConfig({ file: write('onhook.yaml', yaml), env });

function refusal(yaml: string, env?: NodeJS.ProcessEnv): string {
  try {
    load(yaml, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

it('the account of the environment is the first, those of the file follow, for every carrier', () => {
  const yaml = `
telnyx: { accounts: [{ connectionId: 'c2', apiKey: KEY2 }] }
plivo: { accounts: [{ authId: SA2, authToken: token2 }] }
vonage: { accounts: [{ applicationId: app2, privateKey: pem2 }] }
openai: { accounts: [{ project: proj_2, apiKey: sk-2 }] }
`;
  const env = {
    TELNYX_API_KEY: 'KEY1',
    TELNYX_CONNECTION_ID: 'c1',
    PLIVO_AUTH_ID: 'MA1',
    PLIVO_AUTH_TOKEN: 'token1',
    VONAGE_APPLICATION_ID: 'app1',
    VONAGE_PRIVATE_KEY: 'pem1',
    OPENAI_API_KEY: 'sk-1',
    OPENAI_PROJECT_ID: 'proj_1',
  };
  expect(carriersConfig(load(yaml, env).config)).toMatchObject({
    telnyx: {
      accounts: [
        { connectionId: 'c1', apiKey: 'KEY1' },
        { connectionId: 'c2', apiKey: 'KEY2' },
      ],
    },
    plivo: {
      accounts: [
        { authId: 'MA1', authToken: 'token1' },
        { authId: 'SA2', authToken: 'token2' },
      ],
    },
    vonage: {
      accounts: [
        { applicationId: 'app1', privateKey: 'pem1' },
        { applicationId: 'app2', privateKey: 'pem2' },
      ],
    },
    openai: {
      accounts: [
        { project: 'proj_1', apiKey: 'sk-1' },
        { project: 'proj_2', apiKey: 'sk-2' },
      ],
    },
  });
  const onlyFile = carriersConfig(load(yaml).config);
  expect(onlyFile.vonage?.accounts).toEqual([{ applicationId: 'app2', privateKey: 'pem2' }]);
  const none = carriersConfig(load('').config);
  expect([none.telnyx, none.plivo, none.vonage, none.openai]).toEqual(Array(4).fill(undefined));
});

it('a secret of the file may be in a file of its own, and never prints (invariant 22)', () => {
  const secret = write('key', 'planted-secret\n');
  const loaded = load(`telnyx: { accounts: [{ connectionId: c1, apiKey: { file: ${secret} } }] }
twilio: { accounts: [{ accountSid: AC2, authToken: { file: ${secret} } }] }
admin: { token: { file: ${secret} } }
`);
  const { telnyx, twilio } = carriersConfig(loaded.config);
  expect(telnyx?.accounts).toEqual([{ connectionId: 'c1', apiKey: 'planted-secret' }]);
  expect(twilio?.accounts[0]).toMatchObject({ authToken: 'planted-secret' });
  expect(loaded.config.admin.token?.reveal()).toBe('planted-secret');
  expect(renderConfig(loaded)).not.toContain('planted');
});

it.each([
  ['plivo: { accounts: [{ authId: MA1 }] }', {}, /plivo\.accounts\.0\.authToken: must be a text, or \{file/],
  [
    'telnyx: { accounts: [{ connectionId: 1293384261075731461, apiKey: K }] }',
    {},
    /connectionId: must be a text: put it in quotes/,
  ],
  [
    'openai: { accounts: [{ project: p, apiKey: { file: /nowhere/key } }] }',
    {},
    /openai\.accounts\.0\.apiKey: the file that holds it cannot be read \(ENOENT\)/,
  ],
  ['vonage: { accounts: [{ applicationID: a, privateKey: k }] }', {}, /did you mean .*applicationId/],
  [
    '',
    { TELNYX_CONNECTION_ID: 'c1' },
    /Telnyx is half configured: TELNYX_CONNECTION_ID without TELNYX_API_KEY/,
  ],
  [
    'telnyx: { accounts: [{ connectionId: c2, apiKey: K }] }',
    { TELNYX_API_KEY: 'K' },
    /Telnyx is half configured: TELNYX_API_KEY beside accounts without TELNYX_CONNECTION_ID/,
  ],
  [
    'openai: { accounts: [{ project: p, apiKey: K }] }',
    { OPENAI_API_KEY: 'K' },
    /OpenAI is half configured: OPENAI_API_KEY beside accounts without OPENAI_PROJECT_ID/,
  ],
] as const)('%s with %o is refused by name', (yaml, env, message) => {
  expect(refusal(yaml, env)).toMatch(message);
});

it('an empty file is no secret', () => {
  const yaml = `plivo: { accounts: [{ authId: MA1, authToken: { file: ${write('empty', '\n')} } }] }`;
  expect(refusal(yaml)).toMatch(/authToken: the file that holds it is empty/);
});
