/**
 * A Twilio-compatible hangup: an app that ends calls over Twilio's API points it here, and its
 * `Status=completed` lets the farewell play out first. Whatever onhook does not own goes to Twilio:
 * a hangup must never fail because onhook does not know the call or cannot reach its log.
 */
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { encodeEvent } from '../contract/encode.ts';
import type { LegEntry } from '../contract/leg-entry.ts';
import { carrierKey } from '../contract/leg-entry.ts';
import { accountCheck } from './basic-auth.ts';
import { findLeg } from './find-leg.ts';
import type { IngressAccount, IngressParts } from './parts.ts';
import { pause } from './pause.ts';
import { Problem } from './problem.ts';
import type { Proxy } from './proxy.ts';

/** The contract: held at most this long while the playout drains. */
const HOLD_MS = 10_000;
const LOOK_MS = 200;
const APPEND_TIMEOUT_MS = 2_000;

const CALL_PATH = /^\/2010-04-01\/Accounts\/([A-Za-z0-9]{1,66})\/Calls\/([A-Za-z0-9_-]{1,64})\.json$/;

/** A hangup that was asked for in Twilio's words. */
interface Hangup {
  readonly accountSid: string;
  readonly callSid: string;
  readonly status: 'completed' | 'canceled';
}

/** The handler of everything below `/2010-04-01/`. Throws `credentials_required`, `carrier_unreachable`. */
export function facade(
  parts: IngressParts,
  proxy: Proxy,
  closing: AbortSignal,
): (c: Context) => Promise<Response> {
  const authenticate = accountCheck(parts.twilio?.accounts ?? []);
  return async (c) => {
    const account = authenticate(c.req.header('authorization'));
    if (account === undefined)
      throw new Problem('credentials_required', 'account SID and auth token, or API key');
    const hangup = await readHangup(c, account);
    const entry = hangup && (await ask(parts, hangup));
    if (hangup === undefined || entry === undefined) return proxy.forward(c.req.raw.clone());
    return c.json(callJson(hangup, await awaitEnd(parts, entry, closing)));
  };
}

async function readHangup(c: Context, { accountSid }: IngressAccount): Promise<Hangup | undefined> {
  const [, owner, callSid] = CALL_PATH.exec(c.req.path) ?? [];
  if (c.req.method !== 'POST' || callSid === undefined || owner !== accountSid) return undefined;
  const status = new URLSearchParams(await c.req.raw.clone().text()).get('Status');
  return status === 'completed' || status === 'canceled' ? { accountSid, callSid, status } : undefined;
}

/**
 * Asks the call to end; undefined when it is not ours to end, or not now. In `backstop` and `observe`
 * the hangup is the app's own.
 */
async function ask(
  parts: IngressParts,
  { accountSid, callSid, status }: Hangup,
): Promise<LegEntry | undefined> {
  const { log, findCall, mode } = parts;
  try {
    const fits = (entry: LegEntry): boolean => (entry.accountSid ?? accountSid) === accountSid;
    const entry = await findLeg(log, { keys: [carrierKey(callSid)], fits });
    if (entry?.leg !== 'carrier' || (entry.mode ?? mode) !== 'own') return undefined;
    if ((await findCall(entry.callId)).detail === undefined) return undefined;
    const { callId, gateway } = entry;
    // In the gateway's name: the app behind it speaks, as when its agent asks.
    const event = encodeEvent({
      prefix: log.prefix,
      gateway,
      callId,
      type: 'end.requested',
      id: `facade-${randomUUID()}`,
      source: 'twilio-facade',
      data: { by: 'agent', reason: 'twilio api', farewell: status === 'completed' ? 'spoken' : 'none' },
    });
    await log.append('log', event, { messageId: event.messageId, timeoutMs: APPEND_TIMEOUT_MS });
    return entry;
  } catch (error) {
    parts.logger.warn('a hangup goes to the carrier at once: the log cannot be used', { error });
    return undefined;
  }
}

/** True once the line is down by its carrier's word; false when that takes longer. */
async function awaitEnd(
  { clock, findCall }: IngressParts,
  entry: LegEntry,
  closing: AbortSignal,
): Promise<boolean> {
  for (const until = clock.monotonic() + HOLD_MS; clock.monotonic() < until && !closing.aborted;) {
    const { detail, unanswered } = await findCall(entry.callId);
    if (detail === undefined ? unanswered.length === 0 : detail.legs[entry.leg]?.termination !== undefined) {
      return true;
    }
    await pause(clock, LOOK_MS, closing);
  }
  return false;
}

/** As Twilio's Call resource, with the fields that onhook can vouch for. */
function callJson({ accountSid, callSid, status }: Hangup, over: boolean): Record<string, unknown> {
  return {
    sid: callSid,
    account_sid: accountSid,
    // Still talking: Twilio too answers with the old status when an update takes effect later.
    status: over ? status : 'in-progress',
    api_version: '2010-04-01',
    uri: `/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`,
  };
}
