/**
 * Routes about the node and its fleet, for the dashboard: who asks and what may be done, the timers in
 * force, the other nodes, and the test calls of a playground.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import { reportOf } from './answers.ts';
import type { NodeReport } from './answers.ts';
import type { GuardVariables } from './guard.ts';
import type { AdminParts } from './parts.ts';
import { Problem } from './problem.ts';

type Guarded = { Variables: GuardVariables };

/**
 * `GET /api/node`: `{nodeId, version, scope, now, paused, dev, ready, reasons}`. `now` is this node's
 * clock, so that a page counts down by it. `GET /api/timers`: `{timers}`. `GET /api/fleet`.
 */
export function nodeRoutes(parts: AdminParts): Hono<Guarded> {
  const { view, version, clock, timers = [], testCalls } = parts;
  const routes = new Hono<Guarded>();
  routes.get('/node', (c) => {
    const { nodeId, paused } = view.stats();
    const dev = testCalls === undefined ? {} : { dev: { scripts: testCalls.scripts } };
    return c.json({
      nodeId,
      version,
      scope: c.get('scope'),
      now: clock.now(),
      paused,
      ...view.ready(),
      ...dev,
    });
  });
  routes.get('/timers', (c) => c.json({ timers }));
  routes.get('/fleet', async (c) => c.json(await fleet(parts)));
  routes.post('/test-calls', async (c) => {
    if (testCalls === undefined) throw new Problem('not_available', 'test calls exist in `onhook dev` only');
    const callId = await testCalls.start(await readScript(c.req.text()));
    if (callId === undefined) throw new Problem('script_not_found', 'GET /api/node names them');
    return c.json({ callId }, 202);
  });
  return routes;
}

/** Body of `POST /api/test-calls`. */
export const testCallBody = z.strictObject({ script: z.string().max(64) });

async function readScript(body: Promise<string>): Promise<string> {
  try {
    return testCallBody.parse(JSON.parse(await body)).script;
  } catch {
    throw new Problem('bad_request', 'send {"script": "<name>"}');
  }
}

/**
 * `{now, nodes: [NodeReport], unanswered, server: {server, version}}`. Every node is asked, also when this
 * one holds every partition: a follower that waits is part of the fleet. Who stays silent is missing, and
 * its partitions are named.
 */
async function fleet({ view, version, clock, server, peers, log }: AdminParts): Promise<object> {
  const own = reportOf(view, version, clock.now());
  const heard = (await peers?.ask('stats', {}, () => false)) ?? [];
  const others = heard.filter(({ nodeId, data }) => nodeId !== own.nodeId && isReport(data));
  const nodes = [own, ...others.map(({ data }) => data as NodeReport)];
  const live = new Set(
    nodes.flatMap(({ partitions }) =>
      partitions.filter(({ state }) => state === 'live').map(({ partition }) => partition),
    ),
  );
  const all = Array.from({ length: log.partitions }, (_, partition) => partition);
  return {
    now: clock.now(),
    nodes,
    unanswered: all.filter((partition) => !live.has(partition)),
    ...(server === undefined ? {} : { server: server() }),
  };
}

function isReport(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'partitions' in data && Array.isArray(data.partitions);
}
