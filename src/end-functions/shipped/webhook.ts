/**
 * The shipped function `webhook`: one signed request per attempt, as Standard Webhooks
 * (standardwebhooks.com) describes it, so that receivers verify it with the libraries they have.
 */
import { Webhook } from 'standardwebhooks';
import { Agent } from 'undici';
import type { Clock } from '../../clock/clock.ts';
import { dateOf } from '../../clock/instant.ts';
import type { JsonObject } from '../../contract/json.ts';
import { lookUp } from '../../contract/path.ts';
import { WebhookConfigError } from '../errors.ts';
import { rootsOf } from '../input-roots.ts';
import { checkCallUrl, publicAgent } from './call-url.ts';
import { DeliveryRefused, outcomeOfAnswer, sendRequest } from './request.ts';
import { shippedManifest, type ShippedDefinition } from './shipped.ts';

export interface WebhookOptions {
  /** Used as it is: the operator's word, http and private addresses included. User and password go as Basic. */
  readonly url: string;
  /** Base64, with or without the prefix `whsec_`. */
  readonly secret: string;
  /** Path of a URL that comes with the call, used in place of `url`: https, an allowed host, a public address. */
  readonly urlFrom?: string | undefined;
  /** Hosts that such a URL may name; `*.example.com` for those below. Default none. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** One attempt, ms. Default 15 000, the least that Standard Webhooks recommends. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 15_000;
/** Of the answer only the status counts; so much is read to keep the connection. */
const ANSWER_MAX_BYTES = 16_384;

interface Target {
  readonly url: URL;
  readonly authorization?: string;
}

function checkTarget(given: string): Target {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new WebhookConfigError('ONHOOK_WEBHOOK_URL is not an http or https URL; correct it.');
  }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  if (credentials === ':') return { url };
  return { url, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function signerOf(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new WebhookConfigError(
      'ONHOOK_WEBHOOK_SECRET is not a Standard Webhooks secret: base64 (with or without the prefix whsec_). ' +
        'Make one with: openssl rand -base64 32',
    );
  }
}

/** When the call ended, so that every attempt says the same; the time of the attempt while that is unknown. */
function occurredAt({ endedAt }: JsonObject, now: Date): string {
  if (typeof endedAt === 'string') return endedAt;
  return (typeof endedAt === 'number' ? dateOf(endedAt) : now).toISOString();
}

/**
 * Throws {@link WebhookConfigError} for a URL or a secret that cannot work. The receiver knows repeats by
 * `webhook-id`, the idempotency key.
 */
export function defineWebhook(options: WebhookOptions, clock: Clock): ShippedDefinition {
  const target = checkTarget(options.url);
  const signer = signerOf(options.secret);
  const agent = new Agent();
  const guarded = publicAgent();
  const { urlFrom, allowedHosts = [] } = options;
  return {
    manifest: shippedManifest('webhook', options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    prepare(input) {
      const own = urlFrom === undefined ? undefined : lookUp(rootsOf(input), urlFrom);
      const now = dateOf(clock.now());
      const type = 'onhook.call.ended.v1';
      const body = JSON.stringify({ type, timestamp: occurredAt(input.call, now), data: input.call });
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'onhook',
        'webhook-id': input.idempotencyKey,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': signer.sign(input.idempotencyKey, now, body),
      };
      let used = { ...target, dispatcher: agent };
      try {
        if (typeof own === 'string') used = { url: checkCallUrl(own, allowedHosts), dispatcher: guarded };
      } catch (error) {
        if (!(error instanceof DeliveryRefused)) throw error;
        return { result: 'fatal', code: error.code, detail: error.message };
      }
      const { url, dispatcher, authorization } = used;
      return {
        shows: { method: 'POST', url: url.href, body: { type, data: input.call } },
        send: async (signal) => {
          const all = { ...headers, ...(authorization !== undefined && { authorization }) };
          const request = { method: 'POST', url, headers: all, body } as const;
          const answer = await sendRequest(dispatcher, request, signal, ANSWER_MAX_BYTES);
          return outcomeOfAnswer(answer, clock.now());
        },
      };
    },
    close: async () => {
      await Promise.all([agent.destroy(), guarded.destroy()]);
    },
  };
}
