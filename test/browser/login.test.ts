/** A node that wants a token: the page asks for it, and shows no button that the token may not press. */
import { describe, expect, it } from 'vitest';
import { callDetail, world } from '../admin/world.ts';
import { newPage } from './pages.ts';

const ACT = 'planted-act-token';
const READ = 'planted-read-token';

describe('a node with tokens', () => {
  it('asks for one, and takes no other', async () => {
    const { admin, view } = await world({ token: ACT, readToken: READ });
    view.add(callDetail('CA1'));
    const page = await newPage();
    await page.goto(admin.url);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Open the dashboard' }).click();
    await page.getByText('The node does not accept this token.').waitFor();
    await page.getByLabel('Token').fill(ACT);
    await page.getByRole('button', { name: 'Open the dashboard' }).click();
    await page.locator('[data-call="CA1"]').waitFor();
    await page.getByRole('button', { name: 'Pause effects' }).waitFor();
    expect(await page.content()).not.toContain(ACT);
    expect(page.url()).not.toContain(ACT);
  });

  it('offers nothing to do to whoever may only look', async () => {
    const { admin, view } = await world({ token: ACT, readToken: READ });
    view.add(callDetail('CA1'));
    const page = await newPage();
    await page.goto(`${admin.url}/#/calls/CA1`);
    await page.getByLabel('Token').fill(READ);
    await page.getByRole('button', { name: 'Open the dashboard' }).click();
    await page.getByRole('heading', { name: 'CA1' }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    for (const name of ['End', 'Kill', 'Pause effects']) {
      expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
    }
  });
});
