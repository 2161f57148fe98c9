/**
 * The demo's post-call work: a summary with a disposition, and a CRM that is down for one call. Runs
 * in a process of its own, like every end function.
 */
import { defineEndFunction } from '../../end-functions/define.ts';
import type { JsonObject } from '../../contract/json.ts';

/** Once more after half a second: in a demo nobody waits for five attempts. */
const RETRY = { maxAttempts: 2, initialMs: 500, maxMs: 500 };

/** Thrown while the CRM of the demo is down; tried again like any other failure. */
class CrmUnavailable extends Error {
  readonly code = 'crm_unavailable';
  constructor() {
    super('503 Service Unavailable: the CRM of this demo call is down on purpose');
    this.name = 'CrmUnavailable';
  }
}

export const summary = defineEndFunction({
  name: 'demo-summary',
  version: 1,
  retry: RETRY,
  run: ({ state, transcript }) => ({
    output: { lines: transcript.length, last: transcript.at(-1)?.text ?? '' },
    disposition: { code: typeof state['intent'] === 'string' ? state['intent'] : 'unknown' },
  }),
});

export const crm = defineEndFunction({
  name: 'demo-crm',
  version: 1,
  retry: RETRY,
  after: ['demo-summary'],
  run: ({ state, idempotencyKey }) => {
    if ((state['demo'] as JsonObject | undefined)?.['crm'] === 'down') throw new CrmUnavailable();
    return { output: { contact: `demo-${idempotencyKey.slice(0, 8)}` } };
  },
});
