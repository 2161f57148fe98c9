/** The routes of the admin port, put together: probes, metrics, API, page. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { callRoutes } from './calls.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import type { EventRing } from './event-ring.ts';
import { eventStream } from './event-stream.ts';
import type { EventSource } from './feed-source.ts';
import type { GuardOptions } from './guard.ts';
import { guard, hardened } from './guard.ts';
import { nodeRoutes } from './node.ts';
import { pageRoutes } from './page.ts';
import type { AdminParts } from './parts.ts';
import { Problem, problemResponse, toProblem } from './problem.ts';

/** A command is a reason of a sentence. */
const BODY_MAX_BYTES = 16 * 1024;

/** Before the node runs: alive, not ready, and nothing else. */
export function startingApp(guarding: GuardOptions): Hono {
  const app = shell(guarding, () => {});
  app.get('/readyz', (c) => c.json({ ready: false, reasons: ['the node is starting'] }, 503));
  app.all('*', () => {
    throw new Problem('starting', 'ask again in a moment; GET /readyz says when');
  });
  return app;
}

/** Everything; an unforeseen error is logged and answered as `internal_error`. */
export function runningApp(
  guarding: GuardOptions,
  parts: AdminParts,
  ring: EventRing,
  source: EventSource,
): Hono {
  const { view, metrics, logger, clock } = parts;
  const app = shell(guarding, (error, route) => logger.error('admin request failed', { error, route }));
  app.get('/readyz', (c) => {
    const { ready, reasons } = view.ready();
    return c.json({ ready, reasons }, ready ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { contentType, body } = await metrics.expose();
    return c.body(body, 200, { 'Content-Type': contentType });
  });
  app.route('/api/calls', callRoutes(parts));
  app.route('/api/dead-letters', deadLetterRoutes(parts));
  app.get('/api/stats', (c) => c.json({ version: parts.version, ...view.stats() }));
  for (const action of ['pause', 'resume'] as const) {
    app.post(`/api/${action}`, async (c) => {
      await view[action]();
      return c.json({}, 202);
    });
  }
  app.get('/api/events', eventStream(ring, source, clock));
  app.route('/api', nodeRoutes(parts));
  app.route('/', pageRoutes());
  return app;
}

function shell(guarding: GuardOptions, onUnforeseen: (error: unknown, route: string) => void): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    const problem = toProblem(error);
    if (problem.code === 'internal_error') onUnforeseen(error, `${c.req.method} ${c.req.routePath}`);
    return problemResponse(c, problem);
  });
  app.notFound((c) => problemResponse(c, new Problem('not_found', `${c.req.method} ${c.req.path}`)));
  app.use(hardened, guard(guarding));
  app.use(
    bodyLimit({
      maxSize: BODY_MAX_BYTES,
      onError: (c) => problemResponse(c, new Problem('body_too_large', `at most ${BODY_MAX_BYTES} bytes`)),
    }),
  );
  app.get('/livez', (c) => c.json({ alive: true }));
  return app;
}
