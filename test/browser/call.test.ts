/** One call: where it is in the chart, its story, its words behind a button, and an operator's commands. */
import { readFile } from 'node:fs/promises';
import { describe, expect, inject, it } from 'vitest';
import { closedCall, testCall, visit } from './pages.ts';

async function carrierAttempts(callId: string): Promise<number | undefined> {
  const response = await fetch(`${inject('dashboard')}/api/calls/${callId}`);
  const { record } = (await response.json()) as { record?: { legs: { carrier?: { attempts: number } } } };
  return record?.legs.carrier?.attempts;
}

describe('the page of a call', () => {
  it('lights the current states and colours the way of a call that goes on', async () => {
    const callId = await testCall('long-talk');
    const page = await visit(`calls/${callId}`);
    await page.locator('.panel.now[data-state="active"]').waitFor();
    await page.locator('.node.now[data-state="active.gateway.heard"]').waitFor();
    expect(await page.locator('.node.seen[data-state="active.answer.asking"]').count()).toBe(1);
    expect(await page.locator('.edge.taken').count()).toBeGreaterThan(0);
    expect(await page.locator('.panel.idle[data-state="terminating"]').count()).toBe(1);
    await page.getByText('longest call: say goodbye and end').waitFor();
  });

  it('tells the story of a call that ended: phases, effects with their attempts, evidence', async () => {
    const callId = await closedCall(({ farewell }) => farewell === 'unconfirmed');
    const page = await visit(`calls/${callId}`);
    await page.locator('.panel.seen[data-state="draining"]').waitFor();
    await page.locator('.node.seen[data-state="terminating.carrier.hanging-up"]').waitFor();
    const story = await page.locator('.story').innerText();
    for (const words of ['asked for the end', 'time is up: hang up', 'hang up carrier', 'store the record']) {
      expect(story).toContain(words);
    }
    expect(await page.locator('.phase').count()).toBe(5);
    await page.getByText('played, without proof that it was heard').waitFor();
    await page.getByText('ended, the answer proves it').first().waitFor();
  });

  it('counts the attempts of a hangup beside each other', async () => {
    const callId = await closedCall(async (call) => (await carrierAttempts(call.callId)) === 2);
    const page = await visit(`calls/${callId}`);
    await page.getByText(/attempt 1: failed, to be tried again \(twilio_20500\)/).waitFor();
    await page.getByText(/attempt 2: done/).waitFor();
  });

  it('hides what people said and what was learned until it is asked for: invariant 22', async () => {
    const callId = await closedCall(({ farewell }) => farewell === 'unconfirmed');
    const page = await visit(`calls/${callId}`);
    const state = page.getByRole('region', { name: 'Call state as JSON' });
    await state.getByText('[hidden]').first().waitFor();
    const text = await page.locator('main').innerText();
    expect(text).not.toContain('A-1043');
    expect(text).not.toContain('+12025550143');
    const transcript = page.locator('.transcript');
    await transcript
      .getByText(/^\[hidden: \d+ words\]$/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Reveal' }).first().click();
    await state.getByText('A-1043').waitFor();
    await transcript
      .getByText(/A-1043|order|thank/i)
      .first()
      .waitFor();
  });

  it('ends a call politely after a question, with the reason in its story', async () => {
    const callId = await testCall('long-talk');
    const page = await visit(`calls/${callId}`);
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByLabel('Reason, for the record').fill('tidying up');
    await page.getByRole('button', { name: 'End the call' }).click();
    await page.getByText('an operator asked for the end: tidying up').waitFor();
    await page.getByText('an operator ended it').first().waitFor();
    expect(await page.getByRole('button', { name: 'Kill', exact: true }).count()).toBe(0);
  });

  it('asks before it kills, and no is no', async () => {
    const callId = await testCall('long-talk');
    const page = await visit(`calls/${callId}`);
    await page.getByRole('button', { name: 'Kill', exact: true }).click();
    const question = page.getByRole('dialog');
    await question.waitFor();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await page.locator('.panel.now[data-state="active"]').waitFor();
    await page.getByRole('button', { name: 'Kill', exact: true }).click();
    await page.getByRole('button', { name: 'Kill the call' }).click();
    await page.getByText('an operator killed the call').waitFor();
  });

  it('hands over the log of the call', async () => {
    const callId = await closedCall(({ farewell }) => farewell === 'unconfirmed');
    const page = await visit(`calls/${callId}`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the log' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${callId}.log.json`);
    const log = JSON.parse(await readFile(await download.path(), 'utf8')) as { messages: { type: string }[] };
    expect(log.messages[0]?.type).toBe('call.started');
    // What is hidden on the page is hidden in the file.
    expect(JSON.stringify(log)).not.toContain('A-1043');
  });

  it('says so when nobody knows the call', async () => {
    const page = await visit('calls/CA-nobody');
    await page.getByText('Nobody knows this call').waitFor();
  });
});
