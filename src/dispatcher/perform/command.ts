/** A command to the gateway that holds the call. */
import type { Effect } from '../../contract/effect.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

/**
 * The body is `{effectId, era, seq, …}`: by these a gateway drops what it did already and what newer
 * commands superseded (log rule 33). Outcomes: those of the gateway's commands.
 */
export function command(effect: Effect, { commands }: Targets): Prepared {
  const { effectId, gateway, callId, position, timeoutMs, payload } = effect;
  if (!('verb' in payload)) return badPayload(effect);
  const { verb } = payload;
  const body = Object.assign({}, payload.body, { effectId, era: position.era, seq: position.seq });
  return {
    lane: 'command',
    name: gateway,
    urgent: true,
    requests: 1,
    // Sent is sent: nobody takes a command back, its answer is dropped.
    perform: () => commands.send({ gateway, callId, verb }, body, { timeoutMs }),
  };
}
