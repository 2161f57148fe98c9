/** The edge over the memory log, asked over real HTTP with the providers' own signatures. */
import { PassThrough } from 'node:stream';
import { AccessToken } from 'livekit-server-sdk';
import twilio from 'twilio';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock/clock.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { LegEntry } from '../../src/contract/leg-entry.ts';
import { carrierKey } from '../../src/contract/leg-entry.ts';
import type { IngressParts } from '../../src/ingress/parts.ts';
import { startIngress } from '../../src/ingress/server.ts';
import type { IngressServer } from '../../src/ingress/server.ts';
import { MemoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import type { MemoryServerOptions } from '../../src/log/memory/index.ts';
import { STUB_LIVEKIT_CREDENTIALS } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

export const ACCOUNT = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'first-auth-token' };
export const OTHER = { accountSid: `AC${'2'.repeat(32)}`, authToken: 'other-auth-token' };
export const SID = 'CA0123456789abcdef0123456789abcdef';
export const PUBLIC_URL = 'https://calls.example.com/edge';

export interface Edge {
  readonly url: string;
  readonly server: MemoryServer;
  readonly log: MemoryLog;
  readonly ingress: IngressServer;
  /** What stands in the log, oldest first. */
  readonly events: () => Stored[];
  readonly deadLetters: () => Stored[];
  readonly register: (key: string, entry?: Partial<LegEntry>) => Promise<void>;
}

export interface Stored {
  readonly subject: string;
  readonly data: JsonObject;
}

export interface EdgeChanges extends Partial<IngressParts> {
  /** Default: a free one. */
  readonly port?: number;
  readonly memory?: Partial<MemoryServerOptions>;
}

/** Closed when the test ends. */
export async function edge({ memory = {}, ...changes }: EdgeChanges = {}): Promise<Edge> {
  const clock: Clock = changes.clock ?? systemClock;
  const server = new MemoryServer({ clock, ...memory });
  const log = new MemoryLog(server, 'edge');
  const logger = await createLogger({ level: 'error', clock, secrets: [], output: new PassThrough() });
  const ingress = await startIngress({
    host: '127.0.0.1',
    port: 0,
    log,
    clock,
    logger,
    mode: 'own',
    publicUrl: PUBLIC_URL,
    twilio: { baseUrl: 'http://127.0.0.1:1', accounts: [ACCOUNT, OTHER] },
    livekit: STUB_LIVEKIT_CREDENTIALS,
    findCall: () => Promise.resolve({ detail: undefined, unanswered: [] }),
    ...changes,
  });
  onTestFinished(() => ingress.close());
  const stored = (stream: 'log' | 'deadLetters'): Stored[] =>
    server.streams[stream]
      .newestOf(() => true, Infinity)
      .map(({ subject, data }) => ({
        subject,
        data: JSON.parse(new TextDecoder().decode(data)) as JsonObject,
      }));
  return {
    url: ingress.url,
    server,
    log,
    ingress,
    events: () => stored('log'),
    deadLetters: () => stored('deadLetters'),
    register: async (key, entry = {}) => {
      const full = { callId: SID, gateway: 'gw1', leg: 'carrier', ...entry };
      await log.bucket('legs').put(key, Buffer.from(JSON.stringify(full)));
    },
  };
}

/** An edge that knows the call {@link SID}. */
export async function edgeWithCall(changes: EdgeChanges = {}): Promise<Edge> {
  const made = await edge(changes);
  await made.register(carrierKey(SID));
  return made;
}

export function statusForm(changes: Record<string, string> = {}): Record<string, string> {
  return {
    CallSid: SID,
    AccountSid: ACCOUNT.accountSid,
    From: '+15550100',
    To: '+15550199',
    CallStatus: 'completed',
    SequenceNumber: '3',
    CallDuration: '12',
    ...changes,
  };
}

export const STATUS_PATH = '/webhooks/twilio/status';

export interface Posting {
  readonly token?: string;
  readonly path?: string;
  readonly signature?: string;
  readonly publicUrl?: string;
}

/** As Twilio posts: signed over the public URL by the official SDK. */
export function postStatus(
  url: string,
  form: Record<string, string>,
  posting: Posting = {},
): Promise<Response> {
  const { token = ACCOUNT.authToken, path = STATUS_PATH, publicUrl = PUBLIC_URL } = posting;
  const signature =
    posting.signature ?? twilio.getExpectedTwilioSignature(token, `${publicUrl}${path}`, form);
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
    body: new URLSearchParams(form).toString(),
  });
}

/** As LiveKit posts: the token's claim is the hash of the body. */
export async function postLiveKit(
  url: string,
  event: JsonObject | string,
  secret?: string,
  ttl = '5m',
): Promise<Response> {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const { apiKey, apiSecret } = STUB_LIVEKIT_CREDENTIALS;
  const token = new AccessToken(apiKey, secret ?? apiSecret, { ttl });
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  token.sha256 = Buffer.from(digest).toString('base64');
  return fetch(`${url}/webhooks/livekit`, {
    method: 'POST',
    headers: { 'content-type': 'application/webhook+json', authorization: await token.toJwt() },
    body,
  });
}
