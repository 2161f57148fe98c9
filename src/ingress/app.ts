/** The routes of the edge, put together. Nothing here is believed before it is verified. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { facade } from './facade.ts';
import { createInbox } from './inbox.ts';
import { livekitWebhook } from './livekit-webhook.ts';
import type { IngressParts } from './parts.ts';
import { Problem, problemResponse, toProblem } from './problem.ts';
import type { Proxy } from './proxy.ts';
import { twilioStatus } from './twilio-status.ts';

/** As for an event of a gateway; a webhook is a few KiB. */
const BODY_MAX_BYTES = 64 * 1024;

/** Counted as requests of somebody who may not. */
const UNAUTHORISED: ReadonlySet<string> = new Set([
  'signature_refused',
  'signature_stale',
  'credentials_required',
]);

/** Loads what is configured. An unforeseen error is logged and answered as `internal_error`. */
export async function ingressApp(parts: IngressParts, proxy: Proxy, closing: AbortSignal): Promise<Hono> {
  // A URL that somebody typed may end with a slash; the signature covers it as it was sent.
  const app = new Hono({ strict: false });
  const inbox = createInbox(parts, closing);
  app.onError((error, c) => {
    const problem = toProblem(error);
    const route = `${c.req.method} ${c.req.routePath}`;
    if (problem.code === 'internal_error') parts.logger.error('a webhook failed', { error, route });
    if (UNAUTHORISED.has(problem.code)) {
      parts.onRefused?.('unauthorised');
    }
    if (problem.code === 'bad_request') parts.onRefused?.('invalid');
    return problemResponse(c, problem);
  });
  app.notFound((c) => problemResponse(c, new Problem('not_found', 'see the documentation of webhooks')));
  app.use(
    bodyLimit({
      maxSize: BODY_MAX_BYTES,
      onError: (c) => problemResponse(c, new Problem('body_too_large', `at most ${BODY_MAX_BYTES} bytes`)),
    }),
  );
  app.post('/webhooks/twilio/status', await twilioStatus(parts, inbox));
  app.post('/webhooks/livekit', await livekitWebhook(parts, inbox));
  app.on(['GET', 'POST', 'DELETE'], '/2010-04-01/*', facade(parts, proxy, closing));
  return app;
}
