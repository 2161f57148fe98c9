/** A real Chromium with the dashboard in it. A page that complains in its console fails its test. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, expect, inject, onTestFinished } from 'vitest';
import { launchChromium } from './chromium.ts';

let launched: Promise<Browser> | undefined;
afterAll(async () => {
  await (await launched)?.close();
  launched = undefined;
});

/** A page of its own, ended with the test. `expected`: complaints that the test provokes. */
export async function newPage(options: BrowserContextOptions = {}, expected = /^$/): Promise<Page> {
  launched ??= launchChromium();
  const browser = await launched;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A request that is refused on purpose is told too; the test looks at what the page says of it.
    const refused = message.text().startsWith('Failed to load resource') || expected.test(message.text());
    if (message.type() === 'error' && !refused) complaints.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  return page;
}

/** The dashboard of the running `onhook dev`, at that address after `#/`. */
export async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await newPage(options);
  await page.goto(`${inject('dashboard')}/#/${path}`);
  return page;
}

/** Starts one of the test calls; resolves with its id. */
export async function testCall(script: string): Promise<string> {
  const response = await fetch(`${inject('dashboard')}/api/test-calls`, {
    method: 'POST',
    body: JSON.stringify({ script }),
  });
  const { callId } = (await response.json()) as { callId: string };
  return callId;
}

const CLOSED_BOUND_MS = 40_000;

/** A call that ended so: one of the six of the demo, once it has closed. */
export async function closedCall(
  endsWith: (call: ClosedCall) => boolean | Promise<boolean>,
): Promise<string> {
  const deadline = performance.now() + CLOSED_BOUND_MS;
  while (performance.now() < deadline) {
    const response = await fetch(`${inject('dashboard')}/api/calls?state=closed&limit=100`);
    const { calls } = (await response.json()) as { calls: ClosedCall[] };
    for (const call of calls) if (await endsWith(call)) return call.callId;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new TypeError('no call of the demo ended like this within the bound');
}

export interface ClosedCall {
  readonly callId: string;
  readonly farewell?: string;
}
