/**
 * Twilio as a carrier: `Status=completed` on the Call resource ends the call for both parties. The SDK
 * is loaded here, before the first hangup needs it, and only when Twilio is configured.
 */
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { openAccounts } from '../accounts.ts';
import { runAttempt } from '../attempt.ts';
import type { Cancellation } from '../cancellation.ts';
import type { AttemptOptions, Carrier, LegAddress } from '../carrier.ts';
import { checkAccounts, readLeg } from './accounts.ts';
import type { TwilioConfig, TwilioLeg } from './accounts.ts';
import { classifyFetch, classifyUpdate, countCalls } from './answers.ts';
import { openCallsApi } from './calls-api.ts';
import type { CallsApi } from './calls-api.ts';
import { listLive } from './live-calls.ts';
import { TwilioRequestClient } from './request-client.ts';

/**
 * Ready to hang up at once; opens no connection before. Errors: `CarrierConfigError` for accounts that
 * cannot work (field rule 23).
 */
export async function createTwilioCarrier(config: TwilioConfig, clock: Clock): Promise<Carrier> {
  const credentials = checkAccounts(config.accounts);
  const accounts = openAccounts(
    [...credentials.keys()].map((accountSid) => ({ accountSid })),
    { name: 'Twilio', key: 'accountSid', idOf: ({ accountSid }) => accountSid },
  );
  const http = await TwilioRequestClient.open(config.baseUrl);
  const api = await openCallsApi(credentials, http);

  const onLeg = (
    leg: LegAddress,
    options: AttemptOptions,
    act: (leg: TwilioLeg, own: Cancellation) => Promise<Outcome>,
  ): Promise<Outcome> => {
    const read = readLeg(leg, accounts);
    if (typeof read !== 'string') return runAttempt(clock, options, (own) => act(read, own));
    return Promise.resolve({ result: 'fatal', code: 'leg_invalid', detail: read });
  };

  return {
    provider: 'twilio',
    refuses: (leg) => {
      const read = readLeg(leg, accounts);
      return typeof read === 'string' ? read : undefined;
    },
    hangUp: (leg, options) => onLeg(leg, options, (read, own) => hangUp(api, read, options.unanswered, own)),
    ask: (leg, options) => onLeg(leg, options, (read, own) => ask(api, read, options.children === true, own)),
    list: (cursor, options) =>
      runAttempt(clock, options, (own) => listLive(api, [...credentials.keys()], cursor, own)),
    close: () => http.close(),
  };
}

/**
 * Field rule 48: `canceled` ends only a queued or ringing call, so an unanswered one that was picked up
 * meanwhile needs `completed` too. No answer to `canceled` but a proof of the end, or one that forbids
 * or postpones every request, stops there: 21220 says "wrong state", which here may mean "answered".
 */
async function hangUp(
  api: CallsApi,
  leg: TwilioLeg,
  unanswered: boolean,
  own: Cancellation,
): Promise<Outcome> {
  if (unanswered) {
    const answer = await api.update(leg, 'canceled', own);
    const outcome = classifyUpdate(answer);
    const wrongState = answer.status === 400 || answer.status === 409 || outcome.code === 'twilio_21220';
    if (outcome.result !== 'accepted' && !wrongState) return outcome;
    // Whoever gave the attempt up may no longer own the call.
    own.throwIfCancelled();
  }
  return classifyUpdate(await api.update(leg, 'completed', own));
}

/** A list that fails leaves the leg live and its children unknown. */
async function ask(
  api: CallsApi,
  leg: TwilioLeg,
  withChildren: boolean,
  own: Cancellation,
): Promise<Outcome> {
  const outcome = classifyFetch(await api.fetch(leg, own));
  if (outcome.result !== 'live' || !withChildren) return outcome;
  const children = await api.listChildren(leg, own).then(countCalls, () => undefined);
  return children === undefined ? outcome : { ...outcome, data: { children } };
}
