/** A page of another origin, in the same browser: it reads nothing, changes nothing and frames nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { callDetail, world } from '../admin/world.ts';
import { newPage } from './pages.ts';

async function foreignOrigin(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>foreign</title>');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('a foreign page can neither read nor act nor hold the feed', async () => {
  const { admin, view } = await world();
  view.add(callDetail('CA1'));
  const page = await newPage({}, /CORS|Refused to frame|frame-ancestors|X-Frame-Options/);
  await page.goto(await foreignOrigin());
  const outcome = (init: string, path: string): Promise<string> =>
    page.evaluate<string>(
      `fetch('${admin.url}${path}', ${init}).then((r) => r.type + ' ' + r.status, (e) => e.name)`,
    );
  expect(await outcome('{}', '/api/calls')).toBe('TypeError');
  expect(await outcome("{ method: 'POST' }", '/api/pause')).toBe('TypeError');
  const json = "{ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }";
  expect(await outcome(json, '/api/calls/CA1/kill')).toBe('TypeError');
  // What is sent without asking first is refused here: the page learns nothing of it.
  await outcome("{ method: 'POST', mode: 'no-cors', body: '{}' }", '/api/calls/CA1/kill');
  await outcome("{ method: 'POST', mode: 'no-cors' }", '/api/pause');
  for (let stream = 0; stream < 3; stream += 1) await outcome("{ mode: 'no-cors' }", '/api/events');
  expect(view.requested).toEqual([]);
  expect(view.paused).toBe(false);
  // A frame that is refused loads too: the browser's own error page.
  await page.evaluate(
    `new Promise((loaded) => document.body.append(Object.assign(document.createElement('iframe'), { src: '${admin.url}/', onload: () => loaded() })))`,
  );
  const framed = page.frames().find((frame) => frame.url().startsWith(admin.url));
  expect(await framed?.locator('#app').count()).not.toBe(1);
});

it('a name that was rebound to us shows nothing', async () => {
  const { admin, view } = await world();
  view.add(callDetail('CA1'));
  const page = await newPage();
  // The browser itself resolves every name below localhost to this machine.
  const response = await page.goto(`http://rebound.localhost:${admin.port}/`);
  expect(response?.status()).toBe(403);
  expect(await page.content()).toContain('host_not_allowed');
});
