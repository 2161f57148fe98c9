/** Replay: the production fold in the page gives the same decisions, and a test that can be run. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closedCall, visit } from './pages.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the replay of a call', () => {
  it('steps forwards and backwards, and chart, timers and effects follow', async () => {
    const callId = await closedCall(({ farewell }) => farewell === 'unconfirmed');
    const page = await visit(`calls/${callId}/replay`);
    await page.getByText(/^Message 1 of \d+$/).waitFor();
    await page.locator('.panel.now[data-state="active"]').waitFor();
    await page.getByText('asked for the end').first().click();
    await page.locator('.panel.now[data-state="draining"]').waitFor();
    await page.locator('.changes .added', { hasText: 'tell the gateway: mark' }).waitFor();
    await page.locator('.changes .added', { hasText: 'hang up, without proof that it was heard' }).waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.locator('.panel.now[data-state="active"]').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.panel.now[data-state="draining"]').waitFor();
    await page.getByRole('button', { name: 'Last' }).click();
    await page.locator('.panel.now[data-state="closed"]').waitFor();
  });

  it('keeps its place in the address', async () => {
    const callId = await closedCall(({ farewell }) => farewell === 'unconfirmed');
    const page = await visit(`calls/${callId}/replay?at=4`);
    await page.getByText(/^Message 5 of \d+$/).waitFor();
    await page.getByRole('button', { name: 'Forward' }).click();
    await expect.poll(() => page.url()).toContain('at=5');
  });

  it('copies the call as a test that passes, and that notices another decision', async () => {
    const callId = await closedCall(({ farewell }) => farewell === 'unconfirmed');
    const page = await visit(`calls/${callId}/replay`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: 'Copy as test' }).click();
    await page.getByText(/^Copied/).waitFor();
    const text = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(text).not.toContain('A-1043');
    expect(run(text)).toMatchObject({ status: 0 });
    const changed = text.replace('"closed"]);', '"active"]);');
    expect(changed).not.toBe(text);
    expect(run(changed).status).not.toBe(0);
  });
});

/** Below `dist`, where the package finds itself by its name as it does below `node_modules`. */
function run(text: string): { readonly status: number | null; readonly output: string } {
  const file = join(ROOT, `dist/copied-${process.pid}.test.mjs`);
  writeFileSync(file, text);
  onTestFinished(() => rmSync(file, { force: true }));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}
