/**
 * The shipped end function `webhook`: one signed request per attempt, as Standard Webhooks
 * (standardwebhooks.com) describes it, so that receivers verify it with the libraries they have. Runs in
 * this process: all of it is ours.
 */
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import type { Clock } from '../clock/clock.ts';
import { dateOf, parseInstant } from '../clock/instant.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { EndFunctionInput, EndFunctionManifest, RunOptions } from './end-function.ts';
import { WebhookConfigError } from './errors.ts';
import { linkedAbort } from './linked-abort.ts';

export interface WebhookOptions {
  /** Used as it is: the operator's word, http and private addresses included. User and password go as Basic. */
  readonly url: string;
  /** Base64, with or without the prefix `whsec_`. */
  readonly secret: string;
  /** One attempt, ms. Default 15 000, the least that Standard Webhooks recommends. */
  readonly timeoutMs?: number;
}

export interface WebhookFunction {
  readonly manifest: EndFunctionManifest;
  /**
   * One attempt. Results: `done` (2xx), `retry` (408, 409, 425, 429, 5xx, network, time; `Retry-After`
   * honoured), `fatal` (redirects, 410 and every other answer). Never rejects. May run twice: the
   * receiver knows repeats by `webhook-id`, the idempotency key.
   */
  run(input: EndFunctionInput, options: RunOptions): Promise<Outcome>;
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 15_000;
/** Of the answer only the status counts; so much is read to keep the connection. */
const ANSWER_MAX_BYTES = 16_384;
/** A receiver cannot put us off for longer. */
const RETRY_AFTER_MAX_MS = 3_600_000;
/** 409: the receiver is still busy with an earlier attempt of this id. */
const RETRIED = new Set([408, 409, 425, 429]);

interface Target {
  readonly url: URL;
  readonly signer: Webhook;
  readonly authorization: string | undefined;
}

function checkTarget(options: WebhookOptions): Target {
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new WebhookConfigError('ONHOOK_WEBHOOK_URL is not an http or https URL; correct it.');
  }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const authorization =
    credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
  url.username = '';
  url.password = '';
  try {
    return { url, signer: new Webhook(options.secret), authorization };
  } catch {
    throw new WebhookConfigError(
      'ONHOOK_WEBHOOK_SECRET is not base64 (with or without the prefix whsec_). ' +
        'Make one with: openssl rand -base64 32',
    );
  }
}

function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : undefined;
  const waitMs = seconds === undefined ? (parseInstant(header) ?? nowMs) - nowMs : seconds * 1_000;
  return waitMs > 0 ? Math.min(waitMs, RETRY_AFTER_MAX_MS) : undefined;
}

/** When the call ended, so that every attempt says the same; the time of the attempt while that is unknown. */
function occurredAt({ endedAt }: JsonObject, now: Date): string {
  if (typeof endedAt === 'string') return endedAt;
  return (typeof endedAt === 'number' ? dateOf(endedAt) : now).toISOString();
}

function classify(status: number, retryAfter: string | undefined, nowMs: number): Outcome {
  const code = `http_${status}`;
  if (status >= 200 && status < 300) return { result: 'done', status: String(status) };
  if (status >= 500 || RETRIED.has(status)) {
    const waitMs = retryAfterMs(retryAfter, nowMs);
    return { result: 'retry', code, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
  }
  if (status >= 300 && status < 400) {
    return { result: 'fatal', code, detail: 'redirects are not followed: configure the final URL' };
  }
  return { result: 'fatal', code };
}

function classifyFailure(error: unknown, timedOut: boolean, signal: AbortSignal): Outcome {
  if (timedOut) return { result: 'retry', code: 'timeout', detail: 'no answer in time' };
  if (signal.aborted) return { result: 'retry', code: 'function_cancelled' };
  const cause = (error as { readonly code?: unknown } | null)?.code;
  return { result: 'retry', code: 'network_error', detail: typeof cause === 'string' ? cause : 'no answer' };
}

function manifestOf(timeoutMs: number): EndFunctionManifest {
  const retry = { maxAttempts: 5, initialMs: 1_000, maxMs: 60_000, factor: 2 };
  return { name: 'webhook', version: '1', timeoutMs, retry, after: [], module: 'onhook:webhook' };
}

/** Throws {@link WebhookConfigError} for a URL or a secret that cannot work. */
export function createWebhook(options: WebhookOptions, clock: Clock): WebhookFunction {
  const { url, signer, authorization } = checkTarget(options);
  const manifest = manifestOf(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const agent = new Agent();

  const post = async (input: EndFunctionInput, signal: AbortSignal): Promise<Outcome> => {
    const now = dateOf(clock.now());
    const body = JSON.stringify({
      type: 'onhook.call.ended.v1',
      timestamp: occurredAt(input.call, now),
      data: input.call,
    });
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      signal,
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'onhook',
        'webhook-id': input.idempotencyKey,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': signer.sign(input.idempotencyKey, now, body),
        ...(authorization !== undefined && { authorization }),
      },
    });
    // The status is the answer, whatever becomes of the rest.
    await answer.body.dump({ limit: ANSWER_MAX_BYTES, signal }).catch(() => undefined);
    const retryAfter = answer.headers['retry-after'];
    return classify(answer.statusCode, Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, clock.now());
  };

  return {
    manifest,
    async run(input, { timeoutMs = manifest.timeoutMs, signal }) {
      const { controller, release } = linkedAbort(signal);
      let late = false;
      const timer = clock.after(timeoutMs, () => {
        late = true;
        controller.abort();
      });
      try {
        return await post(input, controller.signal);
      } catch (error) {
        return classifyFailure(error, late, signal);
      } finally {
        timer.cancel();
        release();
      }
    },
    close: () => agent.destroy(),
  };
}
