/** What the NATS adapter is told, and the numbers it uses when it is told nothing. */
import type { Authenticator, NodeConnectionOptions } from '@nats-io/transport-node';
import { credsAuthenticator } from '@nats-io/transport-node';
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { checkServerIdentity } from 'node:tls';
import type { Clock } from '../../clock/clock.ts';

const DAY_MS = 86_400_000;

/** How long and how much a stream keeps. Undefined: the default at creation, not compared later. */
export interface Retention {
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
}

/** Something the connection met that no caller waits for. Never carries a secret. */
export type ConnectionEvent =
  | { readonly type: 'disconnected' | 'reconnected'; readonly server: string }
  | { readonly type: 'permission-denied'; readonly operation: string; readonly subject: string }
  | { readonly type: 'error'; readonly message: string };

export interface TlsFiles {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface NatsLogOptions {
  /** One URL or several separated by commas, each `[nats|tls]://[user:pass@]host[:port]`. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Path of a `.creds` file. Its content is never shown. */
  readonly credsFile?: string;
  readonly tls?: TlsFiles;
  /** Shown in the server's connection list. */
  readonly name?: string;
  readonly prefix: string;
  readonly partitions: number;
  readonly clock: Clock;
  /** The longest a call may live, ms: the log keeps at least a day more (log rule 41). */
  readonly lifetimeMs: number;
  readonly log?: Retention;
  readonly records?: Retention;
  readonly deadLetters?: Retention;
  readonly checkpoints?: Pick<Retention, 'maxBytes'>;
  readonly legs?: Retention;
  /** Copies of each stream in a cluster. Default 1; compared with what exists only when given. */
  readonly replicas?: number;
  /** Default 5 000: how long an operation waits for an answer. */
  readonly timeoutMs?: number;
  readonly onEvent?: (event: ConnectionEvent) => void;
}

/** Noticed after 10 s of silence; the client's own 2 minutes × 2 would outlast every deadline. */
const PING_INTERVAL_MS = 5_000;
const PINGS_MISSED_MAX = 2;
/** Between two tries to reconnect; nothing is decided meanwhile, so not longer. */
const RECONNECT_WAIT_MS = 500;
/**
 * Everything onhook reads arrives at its inboxes. Not the usual `_INBOX`, which every gateway may
 * subscribe to for its own replies.
 */
export const INBOX_PREFIX = '_INBOX_onhook';
export const DEFAULT_TIMEOUT_MS = 5_000;
/** Records and dead letters: long enough to be fetched, not a second archive of personal data. */
export const DEFAULT_ARCHIVE_MS = 30 * DAY_MS;

/** Least age the log must keep: a call's whole life and a day to recover it (log rule 41). */
export function leastLogAgeMs(lifetimeMs: number): number {
  return lifetimeMs + DAY_MS;
}

/** A file that the login needs is not there or is something else. Its content is never shown. */
export class UnreadableLogin extends Error {
  readonly code = 'nats_login_unreadable';
  readonly problem: string;
  readonly cure: string;
  constructor(setting: string, path: string, why: string) {
    const [problem, cure] = [`${path} ${why}`, `correct ${setting}`];
    super(`${problem}; ${cure}`);
    this.name = 'UnreadableLogin';
    this.problem = problem;
    this.cure = cure;
  }
}

/** The servers without credentials, for messages. */
export function serverNames(url: string): string {
  const name = ({ tls, hostPort }: ServerAddress): string => `${tls ? 'tls' : 'nats'}://${hostPort}`;
  return addressesOf(url).map(name).join(', ');
}

/** Options of the NATS client. Credentials in the URL are taken out of it. Throws {@link UnreadableLogin}. */
export async function clientOptions(options: NatsLogOptions): Promise<NodeConnectionOptions> {
  const servers = addressesOf(options.url);
  const user = options.user ?? servers.find((server) => server.user !== undefined)?.user;
  const pass = options.password ?? servers.find((server) => server.password !== undefined)?.password;
  const creds = await readLogin('CREDENTIALS', options.credsFile);
  const secure = options.tls !== undefined || servers.some((server) => server.tls);
  return {
    servers: servers.map((server) => server.hostPort),
    name: options.name ?? 'onhook',
    inboxPrefix: INBOX_PREFIX,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_MISSED_MAX,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    ignoreAuthErrorAbort: true,
    // A stack is taken at every request, also of those that succeed: a tenth of this process's CPU.
    noAsyncTraces: true,
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(creds === undefined
      ? credentials(user, pass, options.token)
      : { authenticator: authenticator(options.credsFile ?? '', creds) }),
    ...(secure ? { tls: await tlsOptions(options.tls, servers) } : {}),
  };
}

async function tlsOptions(
  files: TlsFiles = {},
  servers: readonly ServerAddress[],
): Promise<NonNullable<NodeConnectionOptions['tls']>> {
  const [ca, cert, key] = await Promise.all([
    readLogin('CA', files.caFile),
    readLogin('CERT', files.certFile),
    readLogin('KEY', files.keyFile),
  ]);
  return {
    ...(ca === undefined ? {} : { ca: ca.toString() }),
    ...(cert === undefined ? {} : { cert: cert.toString() }),
    ...(key === undefined ? {} : { key: key.toString() }),
    // The client hands all of this to `tls.connect`.
    ...identityCheck(servers.map(({ hostPort }) => hostOf(hostPort))),
  };
}

/**
 * For a server given by its address the client names no host, and Node then wants a certificate for
 * `localhost`. The certificate has to name one of the configured servers instead.
 */
function identityCheck(hosts: readonly string[]): Pick<ConnectionOptions, 'checkServerIdentity'> {
  return {
    checkServerIdentity: (host, certificate) => {
      const names = host === 'localhost' ? hosts : [host];
      const failures = names.map((name) => checkServerIdentity(name, certificate));
      return failures.includes(undefined) ? undefined : failures[0];
    },
  };
}

async function readLogin(what: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    throw new UnreadableLogin(`ONHOOK_NATS_${what}_FILE`, path, `cannot be read (${code ?? name})`);
  }
}

function authenticator(path: string, creds: Buffer): Authenticator {
  const authenticate = credsAuthenticator(creds);
  try {
    // It reads them only when a server asks, and then says it in words of its own.
    authenticate('');
  } catch {
    throw new UnreadableLogin('ONHOOK_NATS_CREDENTIALS_FILE', path, 'is no NATS credentials file');
  }
  return authenticate;
}

function credentials(user?: string, pass?: string, token?: string): NodeConnectionOptions {
  if (user !== undefined && pass !== undefined) return { user, pass };
  const single = token ?? user;
  return single === undefined ? {} : { token: single };
}

interface ServerAddress {
  readonly hostPort: string;
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
}

function addressesOf(url: string): ServerAddress[] {
  return url.split(',').map((text) => parseServer(text.trim()));
}

/** Without the port, and an IPv6 address without its brackets. */
function hostOf(hostPort: string): string {
  return hostPort.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** A user without a password in the URL is a token, as in every NATS client. */
function parseServer(text: string): ServerAddress {
  const [, scheme, user, password, hostPort] =
    /^(?:([a-z]+):\/\/)?(?:([^:@/]*)(?::([^@/]*))?@)?([^/]*)\/?$/.exec(text) ?? [];
  return {
    hostPort: hostPort ?? text,
    tls: scheme === 'tls',
    ...(user === undefined ? {} : { user: decodeURIComponent(user) }),
    ...(password === undefined ? {} : { password: decodeURIComponent(password) }),
  };
}
