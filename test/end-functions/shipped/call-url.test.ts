/** The guard of URLs that come with a call. */
import type { LookupAddress } from 'node:dns';
import { expect, it } from 'vitest';
import { checkCallUrl, isPrivateAddress, publicLookup } from '../../../src/end-functions/shipped/call-url.ts';

it.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'ff02::1',
  'not an address',
])('%s is not of the public internet', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

it.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
  '%s is',
  (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  },
);

it('lets https URLs of allowed hosts pass, whatever their port and the dot behind their name', () => {
  const allowed = ['hooks.example.com', '*.partner.io', '1.1.1.1'];
  for (const url of [
    'https://hooks.example.com:8443/a',
    'https://a.b.partner.io/',
    'https://HOOKS.example.com./',
    'https://1.1.1.1/',
  ]) {
    expect(checkCallUrl(url, allowed).protocol).toBe('https:');
  }
  expect(checkCallUrl('https://hooks.example.com/', ['Hooks.Example.COM']).host).toBe('hooks.example.com');
});

it.each([
  ['https://127.0.0.1/', '127.0.0.1'],
  ['https://2130706433/', '127.0.0.1'],
  ['https://0x7f000001/', '127.0.0.1'],
  ['https://0177.0.0.1/', '127.0.0.1'],
  ['https://127.1/', '127.0.0.1'],
  ['https://127.0.0.1./', '127.0.0.1'],
  ['https://169.254.169.254/latest/meta-data', '169.254.169.254'],
  ['https://[::1]/', '::1'],
  ['https://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
  ['https://[0:0:0:0:0:ffff:a9fe:a9fe]/', '::ffff:a9fe:a9fe'],
  ['https://[64:ff9b::10.0.0.1]/', '64:ff9b::a00:1'],
])('refuses %s although its host is allowed', (url, host) => {
  expect(() => checkCallUrl(url, [host])).toThrow(/its address is private/);
});

it.each(['https://user@hooks.example.com/', 'https://:x@hooks.example.com/'])(
  'refuses credentials: %s',
  (url) => {
    expect(() => checkCallUrl(url, ['hooks.example.com'])).toThrow(/credentials/);
  },
);

it('a name that answers otherwise at the second look is refused then: no address is kept (DNS rebinding)', async () => {
  const answers = ['93.184.216.34', '127.0.0.1'];
  const lookup = publicLookup((_host, done) =>
    done(null, [{ address: answers.shift() ?? '127.0.0.1', family: 4 }]),
  );
  const look = () =>
    new Promise((resolve, reject) => {
      lookup('rebound.example.com', {}, (error, address) => (error ? reject(error) : resolve(address)));
    });
  expect(await look()).toBe('93.184.216.34');
  await expect(look()).rejects.toThrow(/private/);
});

function looked(addresses: LookupAddress[], all = false): Promise<unknown> {
  const lookup = publicLookup((_host, done) => done(null, addresses));
  return new Promise((resolve, reject) => {
    lookup('hooks.example.com', { all }, (error, address) => (error ? reject(error) : resolve(address)));
  });
}

it('connects to what was checked: one private address among many refuses the name', async () => {
  const good = { address: '93.184.216.34', family: 4 };
  expect(await looked([good])).toBe('93.184.216.34');
  expect(await looked([good], true)).toEqual([good]);
  await expect(looked([good, { address: '10.0.0.1', family: 4 }])).rejects.toThrow(/private/);
  await expect(looked([])).rejects.toThrow(/no address/);
});
