/** The list of calls: live, filtered by its address, held, and fast with very many. */
import { describe, expect, it } from 'vitest';
import { closedCall, newPage, testCall, visit } from './pages.ts';
import { inject } from 'vitest';

const row = (callId: string): string => `[data-call="${callId}"]`;

describe('the list of calls', () => {
  it('starts a test call and shows it on its way, then how it ended', async () => {
    const page = await visit('calls');
    await page.getByLabel('Test call').selectOption('happy-path');
    await page.getByRole('button', { name: 'Send a test call' }).click();
    await page.getByText(/rings$/).waitFor();
    await page.locator('.call-row .track.s-draining, .call-row .track.s-post-processing').first().waitFor();
    await page.getByText('heard: the mark came back').first().waitFor();
  });

  it('says for each call what it waits for, and what happens when', async () => {
    const callId = await testCall('long-talk');
    const page = await visit('calls');
    await page.locator(row(callId)).waitFor();
    const text = await page.locator(row(callId)).innerText();
    expect(text).toContain('active');
    expect(text).toContain('the conversation');
    expect(text).toMatch(/\d+ s/);
    expect(text).toContain('ping the gateway if it stays silent');
  });

  it('keeps its filters in the address, so that a reload shows the same', async () => {
    const callId = await testCall('long-talk');
    const page = await visit('calls');
    await page.locator(row(callId)).waitFor();
    await page.getByLabel('Call id contains').fill(callId.slice(2, 14));
    await page.getByRole('button', { name: /^active/ }).click();
    await page.getByLabel('Order').selectOption('oldest');
    expect(page.url()).toContain(`q=${callId.slice(2, 14)}&state=active&sort=oldest`);
    await page.reload();
    await page.locator(row(callId)).waitFor();
    expect(await page.locator('[data-call]').count()).toBe(1);
    await page.getByRole('button', { name: /^terminating/ }).click();
    await page.getByText('No open call matches these filters.').waitFor();
  });

  it('holds still while somebody reads, and goes on', async () => {
    const page = await visit('calls?sort=newest');
    await page.getByRole('heading', { name: 'Calls', exact: true }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Hold the list' }).click();
    const callId = await testCall('long-talk');
    await closedCall(() => true);
    expect(await page.locator(row(callId)).count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator(row(callId)).waitFor();
  });

  it('goes on after the last event that it saw when the stream breaks', async () => {
    const page = await newPage();
    const asked: (string | undefined)[] = [];
    await page.route('**/api/events', async (route) => {
      asked.push(route.request().headers()['last-event-id']);
      const event = { at: 1, seq: 7, callId: 'CA1', type: 'end.accepted', data: {} };
      const body = `: connected\n\nid: life-7\nevent: end.accepted\ndata: ${JSON.stringify(event)}\n\n`;
      if (asked.length > 1) return route.continue();
      return route.fulfill({ contentType: 'text/event-stream', body });
    });
    await page.goto(`${inject('dashboard')}/#/calls`);
    await expect.poll(() => asked, { timeout: 10_000 }).toEqual([undefined, 'life-7']);
  });
});
