/** Dead letters, the fleet and the machine, each against the running node. */
import { describe, expect, it } from 'vitest';
import { getStateNodes } from 'xstate/graph';
import { callMachine } from '../../machines/call/machine.ts';
import { testCall, visit } from './pages.ts';

describe('effects and dead letters', () => {
  /** One of the six calls of the demo has a CRM that is down: it takes about half a minute to give it up. */
  const BOUND = { timeout: 50_000 };

  it('lists what is under way, also beyond its call', async () => {
    const page = await visit('dead-letters');
    const effect = page.locator('tr', { hasText: 'run demo-crm' }).filter({ hasText: 'beyond the call' });
    await effect.first().waitFor(BOUND);
    await effect.first().getByText('waits before the next attempt').waitFor();
  });

  it('filters dead letters by their kind, in the address, each kind with its count', async () => {
    const page = await visit('dead-letters');
    await page.getByRole('button', { name: /^End functions [1-9]/ }).waitFor(BOUND);
    await page.getByRole('button', { name: 'Refused input 0' }).click();
    await page.getByText('None of this kind.').waitFor();
    expect(page.url()).toContain('kind=input');
  });

  it('shows the words of a refusal', async () => {
    const page = await visit('dead-letters');
    await page.route('**/redrive', (route) =>
      route.fulfill({
        status: 501,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          code: 'not_available',
          title: 'This node does not offer this',
          detail: 'later',
        }),
      }),
    );
    await page.locator('.letters tbody').getByRole('checkbox').first().check(BOUND);
    await page.getByRole('button', { name: 'Redrive 1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Redrive 1' }).click();
    await page.getByText('This node does not offer this: later').waitFor();
  });

  it('counts before it asks, asks before it discards, and the letter goes', async () => {
    const page = await visit('dead-letters');
    const letter = page.locator('.letters tbody tr').first();
    await letter.getByText('CrmUnavailable').first().waitFor(BOUND);
    expect(await page.getByRole('button', { name: 'Discard', exact: true }).isDisabled()).toBe(true);
    const name = await letter.getByRole('checkbox').getAttribute('aria-label');
    await letter.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Discard 1' }).click();
    await page.getByRole('heading', { name: 'Throw 1 dead letter away?' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard 1' }).click();
    await page.getByText('1 dead letter: discard is on its way').waitFor();
    await page.getByLabel(name ?? '', { exact: true }).waitFor({ state: 'detached' });
  });
});

describe('the fleet', () => {
  it('names nodes, owners, gateways, clock and the NATS server', async () => {
    await testCall('long-talk');
    const page = await visit('fleet');
    await page.getByText(/NATS \d+\.\d+/).waitFor();
    await page.locator('.node-card').first().waitFor();
    const card = await page.locator('.node-card').first().innerText();
    expect(card).toContain('1 partition');
    expect(card).toMatch(/in step with the log|ahead of the log|behind the log/);
    await page.locator('td', { hasText: 'live' }).waitFor();
    await page.getByRole('link', { name: 'demo' }).click();
    await expect.poll(() => page.url()).toContain('gateway=demo');
  });
});

describe('the machine', () => {
  it('draws every state of the call', async () => {
    const page = await visit('machine');
    await page.locator('[data-state="closed"]').waitFor();
    const drawn = new Set(
      await page
        .locator('[data-state]')
        .evaluateAll((found) => found.map((one) => one.getAttribute('data-state'))),
    );
    const leaves = getStateNodes(callMachine).filter(({ states }) => Object.keys(states).length === 0);
    expect(leaves.length).toBeGreaterThan(30);
    expect(leaves.map(({ path }) => path.join('.')).filter((path) => !drawn.has(path))).toEqual([]);
  });

  it('writes beside each state how long it waits, and marks what was set', async () => {
    const page = await visit('machine');
    await page.locator('[data-state="draining.marked"] .note', { hasText: '15 s' }).waitFor();
    await page
      .locator('[data-state="post-processing.settling"] .note.changed', { hasText: '1.5 s' })
      .waitFor();
    const title = await page.locator('[data-state="post-processing.settling"] title').textContent();
    expect(title).toContain('settleMs, env ONHOOK_TIMERS_SETTLE_MS');
    expect(await page.locator('.note.changed').count()).toBe(1);
  });

  it('draws the other machines, and lists every transition', async () => {
    const page = await visit('machine');
    await page.getByRole('button', { name: 'An effect' }).click();
    await page.locator('[data-state="backing-off"]').waitFor();
    await page.getByRole('button', { name: 'A partition' }).click();
    await page.locator('[data-state="fenced"]').waitFor();
    await page.getByText('Every transition as a list').click();
    await page.locator('.transitions dd').first().waitFor();
  });

  it('says of each timer what it is, and where it was set', async () => {
    const page = await visit('machine');
    const changed = page.locator('tr.changed');
    await changed.waitFor();
    expect(await changed.count()).toBe(1);
    const text = await changed.innerText();
    for (const words of [
      'settleMs',
      '1.5 s',
      'default 2 s',
      'env ONHOOK_TIMERS_SETTLE_MS',
      'start the end functions',
    ]) {
      expect(text).toContain(words);
    }
  });
});
