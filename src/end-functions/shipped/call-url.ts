/**
 * Guards a URL that came with a call, and not from the operator: https, a host of the allow list, and no
 * private address after resolution. The address that was checked is the one that is connected to.
 */
import { lookup as resolveHost, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { DeliveryRefused } from './request.ts';

/** Ranges that are not the public internet: IANA special-purpose registries for IPv4 and IPv6. */
const PRIVATE: readonly (readonly [address: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // IPv6: unspecified and loopback, translated and tunnelled IPv4, unique local, link and site local.
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** One list each: in a mixed one the range of translated IPv4 would match every IPv4 address. */
const blocked = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [address, bits] of PRIVATE) {
  blocked[family(address)].addSubnet(address, bits, family(address));
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** True for every address that is not of the public internet. */
export function isPrivateAddress(address: string): boolean {
  return isIP(address) === 0 || blocked[family(address)].check(address, family(address));
}

/** `hooks.example.com`, or `*.example.com` for every host below it. */
function isAllowed(host: string, allowed: readonly string[]): boolean {
  return allowed
    .map((rule) => rule.toLowerCase())
    .some((rule) =>
      rule.startsWith('*.') ? host.endsWith(rule.slice(1)) && host !== rule.slice(2) : host === rule,
    );
}

/** The URL to use. Throws {@link DeliveryRefused}; the message names the rule, not the URL. */
export function checkCallUrl(text: string, allowedHosts: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.protocol !== 'https:') throw refused('it is no https URL');
  if (url.username !== '' || url.password !== '') throw refused('it carries credentials');
  const host = url.hostname.replace(/\.$/, '').replace(/^\[|\]$/g, '');
  if (!isAllowed(host, allowedHosts)) throw refused('its host is not in allowedHosts');
  if (isIP(host) !== 0 && isPrivateAddress(host)) throw refused('its address is private');
  return url;
}

function refused(reason: string): DeliveryRefused {
  return new DeliveryRefused('url_refused', `the URL of the call is refused: ${reason}`);
}

type Resolve = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const resolveAll: Resolve = (host, done) => resolveHost(host, { all: true }, done);

/** A resolver that fails when any of the addresses is private. */
export function publicLookup(resolve: Resolve = resolveAll): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return done(error ?? refused('it has no address'), '', 0);
      const bad = addresses.some(({ address }) => isPrivateAddress(address));
      if (bad) return done(refused('its address is private'), '', 0);
      if (options.all === true) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
}

/** Connections to public addresses only. */
export function publicAgent(): Agent {
  return new Agent({ connect: { lookup: publicLookup() } });
}
