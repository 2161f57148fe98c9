/**
 * `npm run screenshots`: the pictures of docs/dashboard.md, from a running `onhook dev` with its six
 * calls. Small PNGs; run it again when a page has changed.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../test/browser/chromium.ts';
import { startDev } from '../test/browser/dev-process.ts';

const FOLDER = join(import.meta.dirname, '../docs/images');
/** The six calls are over by then, but for what outlives them. */
const CALLS_MS = 45_000;
const SETTLE_MS = 1_500;

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly dark?: boolean;
  readonly narrow?: boolean;
  /** Of the page, in CSS pixels. */
  readonly height?: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function take(
  browser: Browser,
  url: string,
  { name, path, dark, narrow, height = 800 }: Shot,
): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: narrow === true ? 400 : 1280, height },
    colorScheme: dark === true ? 'dark' : 'light',
  });
  await page.goto(`${url}/#/${path}`);
  await pause(SETTLE_MS);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  await page.close();
}

async function start(url: string, script: string): Promise<string> {
  const body = JSON.stringify({ script });
  const response = await fetch(`${url}/api/test-calls`, { method: 'POST', body });
  return ((await response.json()) as { callId: string }).callId;
}

mkdirSync(FOLDER, { recursive: true });
const dev = await startDev();
const browser = await launchChromium();
try {
  const { url } = dev;
  await pause(CALLS_MS);
  const trouble = await start(url, 'carrier-trouble');
  await start(url, 'long-talk');
  for (const script of ['caller-first', 'happy-path']) {
    await pause(900);
    await start(url, script);
  }
  await pause(2_600);
  await take(browser, url, { name: 'calls', path: 'calls' });
  await take(browser, url, { name: 'calls-dark', path: 'calls', dark: true });
  await take(browser, url, { name: 'calls-narrow', path: 'calls', narrow: true });
  await pause(8_000);
  await take(browser, url, { name: 'call', path: `calls/${trouble}`, height: 1_650 });
  await take(browser, url, { name: 'replay', path: `calls/${trouble}/replay?at=12`, height: 1_100 });
  await take(browser, url, { name: 'dead-letters', path: 'dead-letters', dark: true, height: 520 });
  await take(browser, url, { name: 'fleet', path: 'fleet', height: 560 });
  await take(browser, url, { name: 'machine', path: 'machine', dark: true, height: 1_000 });
} finally {
  await browser.close();
  await dev.stop();
}
