/** `POST /webhooks/twilio/status`: Twilio's status callbacks, signed with the account's auth token. */
import type { Context } from 'hono';
import { z } from 'zod';
import { parseInstant } from '../clock/instant.ts';
import type { JsonObject } from '../contract/json.ts';
import { carrierKey } from '../contract/leg-entry.ts';
import type { Inbox, WebhookFact } from './inbox.ts';
import type { IngressAccount, IngressParts } from './parts.ts';
import { Problem } from './problem.ts';

/** Official: `validateRequest(authToken, signature, url, params)`, which compares in constant time. */
type Validate = (token: string, signature: string, url: string, params: Record<string, unknown>) => boolean;

/** Numbers come as text; one that cannot be read is left out and the status still counts. */
const digits = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .optional()
    .catch(undefined);

/** The fields that are read of a form that has many more. */
export const statusCallback = z.object({
  AccountSid: z.string(),
  CallSid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  CallStatus: z.string().regex(/^[A-Za-z-]{1,32}$/),
  /** RFC 2822, when Twilio sent it; one that cannot be read refuses nothing. */
  Timestamp: z.string().max(64).optional().catch(undefined),
  SequenceNumber: digits(0, Number.MAX_SAFE_INTEGER),
  SipResponseCode: digits(100, 699),
  AnsweredBy: z
    .string()
    .regex(/^[a-z_]{1,64}$/)
    .optional()
    .catch(undefined),
});

/**
 * The handler; throws `signature_refused`, `signature_stale`, `bad_request` and what the inbox throws. The SDK's signing
 * helper is loaded only when an account is configured.
 */
export async function twilioStatus(
  parts: IngressParts,
  inbox: Inbox,
): Promise<(c: Context) => Promise<Response>> {
  const accounts = parts.twilio?.accounts ?? [];
  const { validateRequest } =
    accounts.length === 0
      ? { validateRequest: () => false }
      : await import('twilio/lib/webhooks/webhooks.js');
  return async (c) => {
    const params = readForm(await c.req.text());
    const signature = c.req.header('x-twilio-signature') ?? '';
    if (!isSigned(validateRequest, accounts, { signature, url: signedUrl(c, parts.publicUrl), params })) {
      throw new Problem(
        'signature_refused',
        'X-Twilio-Signature; check ONHOOK_PUBLIC_URL and TWILIO_AUTH_TOKEN',
      );
    }
    const read = statusCallback.safeParse(params);
    if (!read.success) throw new Problem('bad_request', 'CallSid and CallStatus are needed');
    refuseStale(parts, read.data);
    await inbox.deliver(factOf(read.data));
    return c.body(null, 204);
  };
}

interface SignedRequest {
  readonly signature: string;
  readonly url: string;
  readonly params: Record<string, string | string[]>;
}

/** Field rule 61. An account that we do not know has no token to check against. */
function isSigned(
  validate: Validate,
  accounts: readonly IngressAccount[],
  { signature, url, params }: SignedRequest,
): boolean {
  const account = accounts.find(({ accountSid }) => accountSid === params['AccountSid']);
  if (account?.authToken === undefined || signature === '') return false;
  try {
    return validate(account.authToken, signature, url, params);
  } catch {
    return false;
  }
}

/** Young repeats need no check: each fact counts once, however often and late it comes (field rule 56). */
function refuseStale(
  { clock, staleAfterMs = Infinity }: IngressParts,
  { Timestamp = '' }: z.output<typeof statusCallback>,
): void {
  const sentAt = parseInstant(Timestamp);
  if (sentAt !== undefined && clock.now() - sentAt > staleAfterMs) {
    throw new Problem('signature_stale', 'Timestamp is older than any call that is kept');
  }
}

/** A name that comes twice has both values signed. */
function readForm(body: string): Record<string, string | string[]> {
  const form = new URLSearchParams(body);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const [first = '', ...more] = form.getAll(name);
      return [name, more.length === 0 ? first : [first, ...more]];
    }),
  );
}

/** As the carrier wrote it, not normalised: path and query from the request line. */
function signedUrl(c: Context, publicUrl: string | undefined): string {
  const { url = '' } = (c.env as { incoming: { url?: string } }).incoming;
  return `${(publicUrl ?? `http://${c.req.header('host') ?? ''}`).replace(/\/$/, '')}${url}`;
}

function factOf(fields: z.output<typeof statusCallback>): WebhookFact {
  const { AccountSid, CallSid, CallStatus, SequenceNumber, SipResponseCode, AnsweredBy } = fields;
  const data: JsonObject = {
    status: CallStatus,
    ...(SequenceNumber === undefined ? {} : { sequence: SequenceNumber }),
    ...(SipResponseCode === undefined ? {} : { sipCode: SipResponseCode }),
    ...(AnsweredBy === undefined ? {} : { answeredBy: AnsweredBy }),
  };
  return {
    type: 'leg.status',
    // Field rule 57: a retry has the same number and status.
    id: `${CallSid}-${SequenceNumber ?? 'x'}-${CallStatus}`,
    keys: [carrierKey(CallSid)],
    // Whoever can sign for one account says nothing about another's calls.
    fits: ({ accountSid }) => accountSid === undefined || accountSid === AccountSid,
    data,
    address: { provider: 'twilio', accountSid: AccountSid, callSid: CallSid },
  };
}
