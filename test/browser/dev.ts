/** Starts the one `onhook dev` that every browser test looks at. */
import type { TestProject } from 'vitest/node';
import { startDev } from './dev-process.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the dashboard, without a slash at its end. */
    dashboard: string;
  }
}

/** Vitest's global setup; what it returns ends it. One timer is set, so that a page can say by whom. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dev = await startDev({ ONHOOK_TIMERS_SETTLE_MS: '1500' });
  project.provide('dashboard', dev.url);
  return () => dev.stop();
}
