/** Everybody can use it: axe finds nothing in either theme or on a narrow screen, and the keyboard does. */
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { closedCall, testCall, visit } from './pages.ts';
import type { Page } from 'playwright-core';

interface AxeWindow {
  readonly axe: {
    run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
  };
}

/** Each violation with the first element that has it. */
async function violations(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => (globalThis as unknown as AxeWindow).axe.run());
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`,
  );
}

const PAGES = ['calls', 'call', 'replay', 'dead-letters', 'fleet', 'machine'] as const;

const READY: Readonly<Record<(typeof PAGES)[number], string>> = {
  calls: '[data-call]',
  call: '.story',
  replay: '.messages',
  'dead-letters': '.card h2',
  fleet: '.node-card',
  machine: 'table.plain tbody tr',
};

describe('every page', () => {
  it.each(PAGES)('%s is without a violation in both themes, and fits a narrow screen', async (name) => {
    const open = name === 'calls' ? await testCall('long-talk') : '';
    const callId = name === 'call' || name === 'replay' ? await closedCall(() => true) : open;
    const path = { call: `calls/${callId}`, replay: `calls/${callId}/replay?at=9` }[name as string] ?? name;
    // The page's own policy forbids scripts of others, axe's too.
    const page = await visit(path, { colorScheme: 'light', bypassCSP: true });
    await page.locator(READY[name]).first().waitFor();
    await page.addScriptTag({ content: axe.source });
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')).toBe(false);
  });
});

describe('the keyboard', () => {
  it('skips to the page, and opens a call from the list', async () => {
    const callId = await testCall('long-talk');
    const page = await visit(`calls?q=${callId}`);
    await page.locator(`[data-call="${callId}"]`).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip to the page');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.locator(`[data-call="${callId}"] a`).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: callId }).waitFor();
    expect(await page.title()).toBe(`${callId} · onhook`);
  });

  it('keeps the chosen theme', async () => {
    const page = await visit('calls', { colorScheme: 'light' });
    const ground = (): Promise<string> =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await page.getByRole('button', { name: /^Theme: auto/ }).click();
    const light = await ground();
    await page.getByRole('button', { name: /^Theme: light/ }).click();
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: /^Theme: dark/ }).waitFor();
    expect(await ground()).not.toBe(light);
  });
});
