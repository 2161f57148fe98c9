/** The browser of the tests and of the screenshots: Debian's, or the one that is named. */
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { findTool, tools } from '../../scripts/tools.mjs';

/** Nothing that runs was found. */
class ChromiumMissing extends Error {
  readonly code = 'chromium_missing';
  constructor(problem: string | undefined) {
    super(problem ?? 'chromium is missing: node scripts/setup.mjs test installs it, or set ONHOOK_CHROMIUM');
    this.name = 'ChromiumMissing';
  }
}

/** Setup installs it; a browser that runs as root has no sandbox. Throws {@link ChromiumMissing}. */
export function launchChromium(): Promise<Browser> {
  const tool = tools.find(({ name }) => name === 'chromium');
  const { path, problem } = tool === undefined ? {} : findTool(tool);
  if (path === undefined) throw new ChromiumMissing(problem);
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: path, args });
}
