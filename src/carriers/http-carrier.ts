/**
 * A carrier with one request to hang up and one to ask, both over HTTP: what Telnyx, Plivo, Vonage and
 * OpenAI have in common. Each brings its requests and its tables.
 */
import type { Clock } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';
import { runAttempt } from './attempt.ts';
import type { AttemptOptions, Carrier, HangUpOptions, LegAddress } from './carrier.ts';
import { CarrierConfigError } from './config-error.ts';
import { HttpClient } from './http.ts';
import type { HttpAnswer, HttpRequest } from './http.ts';

export interface HttpCarrierDefinition {
  readonly provider: string;
  /** `legId` is safe inside a URL path. */
  readonly hangUp: (legId: string, options: HangUpOptions) => HttpRequest;
  readonly classifyHangUp: (answer: HttpAnswer) => Outcome;
  /** Absent: the provider has no such question. */
  readonly ask?: (legId: string) => HttpRequest;
  readonly classifyAsk?: (answer: HttpAnswer) => Outcome;
}

/** Ids of these carriers: UUIDs, `v3:…` of Telnyx, `rtc_…` of OpenAI. No separators and no dots. */
const LEG_ID = /^[A-Za-z0-9][A-Za-z0-9_:-]{0,255}$/;

function readLegId({ legId }: LegAddress): string | undefined {
  return typeof legId === 'string' && LEG_ID.test(legId) ? legId : undefined;
}

const REFUSED = 'legId must be 1 to 256 letters, digits, -, _ or :';

/** Ready to hang up at once; opens no connection before. */
export async function createHttpCarrier(definition: HttpCarrierDefinition, clock: Clock): Promise<Carrier> {
  const { provider, hangUp, classifyHangUp, ask, classifyAsk } = definition;
  const http = await HttpClient.open();
  const send = (
    leg: LegAddress,
    options: AttemptOptions,
    request: (legId: string) => HttpRequest,
    classify: (answer: HttpAnswer) => Outcome,
  ): Promise<Outcome> => {
    const legId = readLegId(leg);
    if (legId === undefined) {
      return Promise.resolve({ result: 'fatal', code: 'leg_invalid', detail: REFUSED });
    }
    return runAttempt(clock, options, async (signal) =>
      classify(await http.send(request(encodeURIComponent(legId)), signal)),
    );
  };
  return {
    provider,
    refuses: (leg) => (readLegId(leg) === undefined ? REFUSED : undefined),
    hangUp: (leg, options) => send(leg, options, (legId) => hangUp(legId, options), classifyHangUp),
    ask: (leg, options) =>
      ask === undefined || classifyAsk === undefined
        ? Promise.resolve(UNASKABLE)
        : send(leg, options, ask, classifyAsk),
    close: () => http.close(),
  };
}

/** Nobody can be asked; a repeated hangup answers instead. */
const UNASKABLE: Outcome = {
  result: 'fatal',
  code: 'ask_unsupported',
  detail: 'This provider cannot be asked whether a call lives.',
};

/** Without a slash at its end. Errors: `CarrierConfigError` for one that is no URL. */
export function checkBaseUrl(provider: string, baseUrl: string): string {
  if (/^https?:/.test(baseUrl) && URL.canParse(baseUrl)) return baseUrl.replace(/\/$/, '');
  throw new CarrierConfigError(provider, 'its base URL must begin with https:// or http://');
}
