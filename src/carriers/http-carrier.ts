/**
 * A carrier with one request to hang up, and where it has them one to ask and one to list, all over HTTP:
 * what Telnyx, Plivo, Vonage and OpenAI have in common. Each brings its requests and its tables.
 */
import type { Clock } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { AccountBook } from './accounts.ts';
import { runAttempt } from './attempt.ts';
import type { Cancellation } from './cancellation.ts';
import type { AttemptOptions, Carrier, HangUpOptions, LegAddress } from './carrier.ts';
import { CarrierConfigError } from './config-error.ts';
import { classifyRefusal, isForbidden, isSuccess } from './http-answers.ts';
import { HttpClient } from './http.ts';
import type { HttpAnswer, HttpRequest } from './http.ts';
import { listPage } from './http-list.ts';
import type { ListDefinition } from './http-list.ts';

export interface HttpCarrierDefinition<A> {
  readonly provider: string;
  readonly accounts: AccountBook<A>;
  /** The provider's error word in its own form; '' for that form without a word; undefined for another form. */
  readonly wordOf: (answer: HttpAnswer) => string | undefined;
  /** The words among them that say that the call has ended: the "already gone" table. */
  readonly gone: ReadonlySet<string>;
  /** `legId` is safe inside a URL path. A success never proves the end. */
  readonly hangUp: (legId: string, account: A, options: HangUpOptions) => HttpRequest;
  /** Absent: the provider has no such question. */
  readonly ask?: {
    readonly request: (legId: string, account: A) => HttpRequest;
    /** Of a success. */
    readonly read: (answer: HttpAnswer) => Outcome;
  };
  /** Absent: the provider has no such list. */
  readonly list?: ListDefinition<A>;
}

/** Ids of these carriers: UUIDs, `v3:…` of Telnyx, `rtc_…` of OpenAI. Each letter stands in a path as it is. */
const LEG_ID = /^[A-Za-z0-9][A-Za-z0-9_:-]{0,255}$/;

const REFUSED = 'legId must be 1 to 256 letters, digits, -, _ or :';

interface Addressed<A> {
  readonly legId: string;
  readonly account: A;
}

function addressed<A>(leg: LegAddress, accounts: AccountBook<A>): Addressed<A> | string {
  const { legId } = leg;
  if (typeof legId !== 'string' || !LEG_ID.test(legId)) return REFUSED;
  const account = accounts.of(leg);
  return typeof account === 'string' ? account : { legId, account };
}

/** Ready to hang up at once; opens no connection before. */
export async function createHttpCarrier<A>(
  definition: HttpCarrierDefinition<A>,
  clock: Clock,
): Promise<Carrier> {
  const { provider, accounts, list } = definition;
  const http = await HttpClient.open();
  const onLeg = (
    leg: LegAddress,
    options: AttemptOptions,
    act: (to: Addressed<A>, own: Cancellation) => Promise<Outcome>,
  ): Promise<Outcome> => {
    const to = addressed(leg, accounts);
    return typeof to === 'string'
      ? Promise.resolve({ result: 'fatal', code: 'leg_invalid', detail: to })
      : runAttempt(clock, options, (own) => act(to, own));
  };
  return {
    provider,
    refuses: (leg) => {
      const to = addressed(leg, accounts);
      return typeof to === 'string' ? to : undefined;
    },
    hangUp: (leg, options) => onLeg(leg, options, (to, own) => hangUp(definition, http, to, options, own)),
    ask: (leg, options) => onLeg(leg, options, (to, own) => ask(definition, http, to, own)),
    ...(list && {
      list: (cursor, options) =>
        runAttempt(clock, options, (own) =>
          listPage(accounts, list, cursor, async (request) => {
            const answer = await http.send(request, own);
            return isSuccess(answer) ? answer : refusal(definition, answer);
          }),
        ),
    }),
    close: () => http.close(),
  };
}

function refusal<A>({ provider, wordOf, gone }: HttpCarrierDefinition<A>, answer: HttpAnswer): Outcome {
  return classifyRefusal(answer, { provider, word: wordOf(answer), gone });
}

/**
 * A refusal for good is looked into once, in the same attempt: providers also refuse a hangup because the
 * call is over, in words that no documentation lists.
 */
async function hangUp<A>(
  definition: HttpCarrierDefinition<A>,
  http: HttpClient,
  to: Addressed<A>,
  options: HangUpOptions,
  own: Cancellation,
): Promise<Outcome> {
  const answer = await http.send(definition.hangUp(to.legId, to.account, options), own);
  if (isSuccess(answer)) return { result: 'accepted' };
  const outcome = refusal(definition, answer);
  if (outcome.result !== 'fatal' || isForbidden(answer) || definition.ask === undefined) return outcome;
  // Whoever gave the attempt up may no longer own the call.
  own.throwIfCancelled();
  const asked = await ask(definition, http, to, own).catch((): Outcome => outcome);
  const isOver = asked.result === 'done' || asked.result === 'already-gone';
  return isOver ? { ...asked, result: 'already-gone' } : outcome;
}

async function ask<A>(
  definition: HttpCarrierDefinition<A>,
  http: HttpClient,
  { legId, account }: Addressed<A>,
  own: Cancellation,
): Promise<Outcome> {
  if (definition.ask === undefined) return UNASKABLE;
  const answer = await http.send(definition.ask.request(legId, account), own);
  return isSuccess(answer) ? definition.ask.read(answer) : refusal(definition, answer);
}

/** Nobody can be asked; a repeated hangup answers instead. */
const UNASKABLE: Outcome = {
  result: 'fatal',
  code: 'ask_unsupported',
  detail: 'This provider cannot be asked whether a call lives.',
};

/**
 * Without a slash at its end. Errors: `CarrierConfigError` for one that is no URL, and for one with the
 * API's version, which is added: a path that is not there is answered 404, as a call that is over.
 */
export function checkBaseUrl(provider: string, baseUrl: string): string {
  if (!/^https?:/.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new CarrierConfigError(provider, 'its base URL must begin with https:// or http://');
  }
  const { origin, pathname } = new URL(baseUrl);
  const base = `${origin}${pathname}`.replace(/\/$/, '');
  if (/\/v\d+$/.test(base)) throw new CarrierConfigError(provider, 'its base URL must not end in a version');
  return base;
}
