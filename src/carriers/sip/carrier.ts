/**
 * `sip`: the gateway is the authority of its own lines, and hangs one up by command. Its answer is no
 * proof unless it says so; the proof is its `leg.status`, which only such a gateway may publish.
 */
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { GatewayCommandSender } from '../../dispatcher/port.ts';
import type { Carrier, HangUpOptions } from '../carrier.ts';

/** What a gateway answers for a line that it does not have any more. */
const GONE = new Set(['already_ended', 'unknown_leg', 'call_not_found']);

/** `hangup {leg, …address}`; reply `{ok: true, ended?: true}` or an error code. */
function classify(outcome: Outcome): Outcome {
  switch (outcome.result) {
    case 'done':
      // Taken, or taken before: the line's own status will tell.
      return outcome.data?.['ended'] === true ? { result: 'done', status: 'ended' } : { result: 'accepted' };
    case 'refused':
      return GONE.has(outcome.code ?? '')
        ? { result: 'already-gone', code: `sip_${outcome.code ?? ''}` }
        : { result: 'retry', code: `sip_${outcome.code ?? 'refused'}` };
    case 'no-responder':
      // The gateway may be away for a moment; whether it is gone is found out by its own ping.
      return { result: 'retry', code: 'sip_no_responder', detail: 'No gateway instance holds this call.' };
    default:
      return outcome;
  }
}

/** Nobody but the gateway knows: its `leg.status` tells, and a repeated hangup answers. */
const UNASKABLE: Outcome = {
  result: 'fatal',
  code: 'ask_unsupported',
  detail: 'A gateway tells the end of its lines by leg.status; it is not asked.',
};

/** Always there: it needs nothing but the gateway. Repeats carry the same `effectId` and act once. */
export function createSipCarrier(commands: GatewayCommandSender): Carrier {
  return {
    provider: 'sip',
    refuses: () => undefined,
    async hangUp(leg, { timeoutMs, unanswered, command }: HangUpOptions) {
      if (command === undefined) {
        return { result: 'fatal', code: 'leg_invalid', detail: 'this line belongs to no gateway' };
      }
      const { gateway, callId, ...order } = command;
      const body: JsonObject = { ...leg, ...order, ...(unanswered && { unanswered }) };
      return classify(await commands.send({ gateway, callId, verb: 'hangup' }, body, { timeoutMs }));
    },
    ask: () => Promise.resolve(UNASKABLE),
    close: () => Promise.resolve(),
  };
}
