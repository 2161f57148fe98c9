/**
 * The vocabulary of the call chart: its types and every named action, guard and delay. The states that
 * use them are in `active.ts`, `ending.ts`, `terminating.ts` and `post-processing.ts`, in life order.
 */
import { assign, setup } from 'xstate';
import { changes } from './assigns.ts';
import type { CallContext, CallInput } from './context.ts';
import { REMARKS, requests } from './effects.ts';
import type { CallEvent } from './events.ts';
import { guards } from './guards.ts';
import { delays } from './timers.ts';

type Names<Table> = keyof Table & string;

/** Changes are XState assigns; requests and remarks are inert names that the actor reads as data. */
const assigns = Object.fromEntries(
  Object.entries(changes).map(([name, change]) => [
    name,
    assign<CallContext, CallEvent, undefined, CallEvent, never>(({ context, event }) =>
      change({ context, event }),
    ),
  ]),
) as unknown as { [Name in Names<typeof changes>]: () => void };

const inert = Object.fromEntries(
  [...Object.keys(requests), ...Object.keys(REMARKS)].map((name) => [name, () => undefined]),
) as { [Name in Names<typeof requests> | Names<typeof REMARKS>]: () => void };

export const chart = setup({
  types: {
    context: {} as CallContext,
    events: {} as CallEvent,
    input: {} as CallInput,
  },
  actions: { ...assigns, ...inert },
  guards,
  delays,
});
