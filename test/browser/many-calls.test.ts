/**
 * Ten thousand open calls on a real node: the list stays a screen of rows, what moves on is seen wherever
 * it stands, and a storm of facts does not stop the page.
 */
import { connect } from '@nats-io/transport-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { Orchestrator } from '../system/orchestrator.ts';
import { until } from '../system/until.ts';
import { newPage } from './pages.ts';
import type { Page } from 'playwright-core';

const MANY = 10_000;
/** Calls that change at once, each with several facts. */
const STORM = 1_500;

const idOf = (index: number): string => `CA${String(index).padStart(6, '0')}`;
/** Some frames, on a busy machine. */
const FRAMES = { timeout: 10_000 };

const row = (callId: string): string => `[data-call="${callId}"]`;

let adminUrl = '';
let publish: (callId: string, type: string, data?: object) => void = () => undefined;

beforeAll(async () => {
  const nats = await startNatsServer();
  const node = new Orchestrator({
    ONHOOK_NATS_URL: nats.url,
    ONHOOK_ADMIN_PORT: '0',
    ONHOOK_INGRESS_PORT: '0',
    // Nobody plays these calls on: they neither end nor are they missed while the test runs.
    ONHOOK_MODE: 'observe',
    ONHOOK_TIMERS_LIVENESS_MS: '3600000',
  });
  const connection = await connect({ servers: nats.url });
  await node.ready();
  adminUrl = node.adminUrl;
  publish = (callId, type, data = {}) =>
    connection.publish(`onhook.v1.evt.gw1.${callId}.${type}`, JSON.stringify(data));
  for (let index = 0; index < MANY; index += 1)
    publish(idOf(index), 'call.started', { provider: 'twilio', legs: { carrier: { callSid: idOf(index) } } });
  await connection.flush();
  await until('every call is open', async () => (await node.get('/api/stats')).body['openCalls'] === MANY);
  return async () => {
    await connection.close();
    await node.kill();
    await nats.stop();
  };
}, 60_000);

async function visit(query: string): Promise<Page> {
  const page = await newPage();
  await page.goto(`${adminUrl}/#/calls${query}`);
  const rows = async (): Promise<number> =>
    Number(await page.locator('[role=table][aria-rowcount]').getAttribute('aria-rowcount'));
  // Some may have ended in an earlier test.
  await expect.poll(rows, { timeout: 20_000 }).toBeGreaterThan(MANY * 0.8);
  return page;
}

describe('ten thousand open calls', () => {
  it('are a screen of rows, to be scrolled and searched', async () => {
    const page = await visit('?sort=oldest');
    await page.getByRole('button', { name: 'All 10,000' }).waitFor();
    expect(await page.locator('[data-call]').count()).toBeLessThan(60);
    await page.locator('.call-scroller').evaluate((element) => {
      (element as unknown as { scrollTop: number }).scrollTop = 1e9;
    });
    await page.locator(row(idOf(MANY - 1))).waitFor();
    expect(await page.locator('[data-call]').count()).toBeLessThan(60);
    await page.getByLabel('Call id contains').fill(idOf(4321));
    await page.locator(row(idOf(4321))).waitFor();
    expect(await page.locator('[data-call]').count()).toBe(1);
  });

  it('are walked through with the arrow keys, also to rows that were not in the page', async () => {
    const page = await visit('?sort=oldest');
    await page.getByRole('button', { name: 'All 10,000' }).waitFor();
    const focused = (): Promise<string | null> =>
      page.evaluate<string | null>('document.activeElement.closest("[data-call]")?.dataset.call ?? null');
    await page.locator(`${row(idOf(0))} a`).focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused, FRAMES).toBe(idOf(1));
    await page.keyboard.press('End');
    await expect.poll(focused, FRAMES).toBe(idOf(MANY - 1));
    await page.keyboard.press('ArrowUp');
    await expect.poll(focused, FRAMES).toBe(idOf(MANY - 2));
    await page.keyboard.press('Home');
    await expect.poll(focused, FRAMES).toBe(idOf(0));
  });

  it('show the one that moves on at the top, though its row was never on the screen', async () => {
    const page = await visit('?sort=next');
    publish(idOf(7777), 'caller.left');
    const first = page.locator('[data-call]').first();
    await first.getByText('the carrier leg to end by itself').waitFor();
    expect(await first.getAttribute('data-call')).toBe(idOf(7777));
    await first.getByText('stop watching').waitFor();
  });

  it('show on the screen also what is no fact of the feed', async () => {
    const page = await visit('?sort=oldest');
    publish(idOf(0), 'transfer.started', { to: '+12025550199' });
    await page
      .locator(row(idOf(0)))
      .getByText('a ringing transfer')
      .waitFor();
  });

  it('stay usable in a storm of facts', async () => {
    const page = await visit('?sort=oldest');
    for (let index = STORM; index > 0; index -= 1) publish(idOf(index), 'caller.left');
    await page
      .locator(row(idOf(1)))
      .getByText('the carrier leg to end by itself')
      .waitFor();
    await page.getByLabel('Call id contains').fill(idOf(9876));
    await page.locator(row(idOf(9876))).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
  });
});
