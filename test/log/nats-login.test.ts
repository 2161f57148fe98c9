/**
 * How onhook gets in: TLS, certificates of clients, passwords, tokens, credentials files. What does not
 * fit is refused with the sentence that mends it, by `connectLog` as by `onhook doctor`, and no secret
 * shows (invariant 22). The certificates are beside this file, signed by an authority of their own.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkNats } from '../../src/cli/doctor/nats.ts';
import { natsLogOptions } from '../../src/cli/nats/log-options.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { loadConfig } from '../../src/config/config.ts';
import { eventSubject } from '../../src/contract/subjects.ts';
import { LogUnavailable } from '../../src/log/log.ts';
import { connectLog } from '../../src/log/nats/index.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { bytes } from './eventually.ts';

const file = (name: string): string => join(import.meta.dirname, 'login', name);
const pair = (name: string): string =>
  `cert_file: "${file(`${name}.pem`)}", key_file: "${file(`${name}-key.pem`)}"`;

const CA = { ONHOOK_NATS_CA_FILE: file('ca.pem') };
const CLIENT = {
  ...CA,
  ONHOOK_NATS_CERT_FILE: file('client.pem'),
  ONHOOK_NATS_KEY_FILE: file('client-key.pem'),
};
const SECRETS = /hush|SUA[A-Z0-9]{20}|eyJ/;

/** What may be set, and what a server is started with. */
const SERVERS = {
  plain: '',
  tls: `tls { ${pair('server')} }`,
  elsewhere: `tls { ${pair('elsewhere')} }`,
  mutual: `tls { ${pair('server')}, ca_file: "${file('ca.pem')}", verify: true }`,
  password: 'authorization { user: onhook, password: hush-right }',
  token: 'authorization { token: hush-token }',
  operator: '',
};
type Name = keyof typeof SERVERS;
const running = new Map<string, RunningNatsServer>();

beforeAll(async () => {
  const operator = await readFile(file('operator.conf'), 'utf8');
  const start = async ([name, config]: [string, string]): Promise<void> =>
    void running.set(name, await startNatsServer({ config: name === 'operator' ? operator : config }));
  await Promise.all(Object.entries(SERVERS).map(start));
});
afterAll(() => Promise.all([...running.values()].map((server) => server.stop())));

/** As `serve` does, from the environment. `url` changes how the server is named. */
function configured(name: Name, env: NodeJS.ProcessEnv, url = (text: string): string => text) {
  const ONHOOK_NATS_URL = url(running.get(name)?.url ?? '');
  return loadConfig({ env: { ONHOOK_NATS_URL, ...env }, file: '/dev/null' }).config;
}

const secure = (url: string): string => url.replace('nats:', 'tls:');

test.each<[string, Name, NodeJS.ProcessEnv, ((url: string) => string)?]>([
  ['TLS, by an address that the certificate names', 'tls', CA],
  ['the same, asked for by tls://', 'tls', CA, secure],
  ['TLS with a certificate of our own', 'mutual', CLIENT],
  ['user and password', 'password', { ONHOOK_NATS_USER: 'onhook', ONHOOK_NATS_PASSWORD: 'hush-right' }],
  ['user and password in the URL', 'password', {}, (url) => url.replace('//', '//onhook:hush-right@')],
  ['a token', 'token', { ONHOOK_NATS_TOKEN: 'hush-token' }],
  ['a credentials file of an operator', 'operator', { ONHOOK_NATS_CREDENTIALS_FILE: file('user.creds') }],
])('with %s a log is opened, written and found well by the doctor', async (_how, name, env, url) => {
  const config = configured(name, env, url);
  const log = await connectLog(natsLogOptions(config, systemClock));
  const subject = eventSubject(log.prefix, 'gw1', 'CA1', 'x');
  expect(await log.append('log', { subject, data: bytes('kept') })).toMatchObject({ duplicate: false });
  await log.close();
  expect((await checkNats(config)).map(({ verdict }) => verdict)).not.toContain('FAIL');
});

describe('is refused with its cure, and no secret:', () => {
  test.each<[string, Name, NodeJS.ProcessEnv, RegExp, ((url: string) => string)?]>([
    ['an authority unknown here', 'tls', {}, /no authority .* signed .* set ONHOOK_NATS_CA_FILE/],
    [
      'another authority than the configured one',
      'tls',
      { ONHOOK_NATS_CA_FILE: file('stranger.pem') },
      /no authority .* signed .* set ONHOOK_NATS_CA_FILE/,
    ],
    ['a certificate of another host', 'elsewhere', CA, /another host is named .* ONHOOK_NATS_URL/],
    [
      'a name that the certificate does not have',
      'tls',
      CA,
      /another host is named .* ONHOOK_NATS_URL/,
      (url) => url.replace('127.0.0.1', 'localhost'),
    ],
    ['a server without TLS', 'plain', CA, /has no TLS.* set up tls in nats-server/],
    ['no certificate of ours where one is wanted', 'mutual', CA, /ONHOOK_NATS_CERT_FILE and ONHOOK_NATS_KEY/],
    [
      'a key of another certificate',
      'mutual',
      { ...CLIENT, ONHOOK_NATS_KEY_FILE: file('server-key.pem') },
      /do not fit each other.* ONHOOK_NATS_KEY_FILE/,
    ],
    [
      'a certificate file that is not there',
      'tls',
      { ONHOOK_NATS_CA_FILE: '/nowhere.pem' },
      /nowhere.pem cannot be read \(ENOENT\).* correct ONHOOK_NATS_CA_FILE/,
    ],
    [
      'a wrong password',
      'password',
      { ONHOOK_NATS_USER: 'onhook', ONHOOK_NATS_PASSWORD: 'hush-wrong' },
      /refuses the credentials.* set ONHOOK_NATS_USER/,
    ],
    [
      'a wrong password in the URL',
      'password',
      {},
      /refuses the credentials.* set ONHOOK_NATS_USER/,
      (url) => url.replace('//', '//onhook:hush-wrong@'),
    ],
    ['no password', 'password', {}, /refuses the credentials.* set ONHOOK_NATS_USER/],
    [
      'a wrong token',
      'token',
      { ONHOOK_NATS_TOKEN: 'hush-wrong' },
      /refuses the credentials.* ONHOOK_NATS_TOKEN/,
    ],
    [
      'credentials of another operator',
      'operator',
      { ONHOOK_NATS_CREDENTIALS_FILE: file('stranger.creds') },
      /refuses the credentials.* ONHOOK_NATS_CREDENTIALS_FILE/,
    ],
    [
      'a credentials file that is none',
      'operator',
      { ONHOOK_NATS_CREDENTIALS_FILE: file('ca.pem') },
      /is no NATS credentials file.* correct ONHOOK_NATS_CREDENTIALS_FILE/,
    ],
    [
      'a password in the URL of a server that is gone',
      'plain',
      {},
      /no connection to nats:\/\/127\.0\.0\.1:1 .*correct ONHOOK_NATS_URL/,
      () => 'nats://onhook:hush-wrong@127.0.0.1:1',
    ],
  ])('%s', async (_what, name, env, says, url) => {
    const config = configured(name, env, url);
    const options = { ...natsLogOptions(config, systemClock), timeoutMs: 1_000 };
    const refused = await connectLog(options).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LogUnavailable);
    const shown = `${String(refused)} ${JSON.stringify(refused)}`;
    expect(shown).toMatch(says);
    const [finding] = await checkNats(config);
    const told = `${finding?.verdict} ${finding?.message} → ${finding?.cure}`;
    expect(told).toMatch(says);
    expect(told).toMatch(/^FAIL/);
    for (const text of [shown, told]) expect(text).not.toMatch(SECRETS);
  });
});
