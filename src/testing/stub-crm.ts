/**
 * A receiver of onhook's webhook, as a CRM has one: it verifies each signature with the Standard
 * Webhooks library, keeps what it was told, and knows repeats by their id.
 */
import { Webhook } from 'standardwebhooks';
import type { JsonObject } from '../contract/json.ts';
import { startStubServer } from './stub-server/stub-server.ts';

export interface StubCrmDelivery {
  /** `webhook-id`: the same over all attempts of one delivery. */
  readonly id: string;
  readonly body: JsonObject;
}

export interface StubCrm {
  /** For `ONHOOK_WEBHOOK_URL`. */
  readonly url: string;
  /** For `ONHOOK_WEBHOOK_SECRET`. */
  readonly secret: string;
  /** Each once, in order of arrival. */
  deliveries(): readonly StubCrmDelivery[];
  /** Requests without a valid signature; each was answered 401. */
  refused(): number;
  close(): Promise<void>;
}

/** A fixed one: this is a double on loopback. */
export const STUB_CRM_SECRET = `whsec_${Buffer.from('onhook-stub-crm-signing-secret-0').toString('base64')}`;

/** Loopback only, on a free port. Remember to `close()`. */
export async function startStubCrm(secret: string = STUB_CRM_SECRET): Promise<StubCrm> {
  const verifier = new Webhook(secret);
  const deliveries = new Map<string, StubCrmDelivery>();
  let refused = 0;
  const server = await startStubServer(0, ({ headers, body }) => {
    try {
      const verified = verifier.verify(body, headers as Record<string, string>) as JsonObject;
      const id = String(headers['webhook-id']);
      if (!deliveries.has(id)) deliveries.set(id, { id, body: verified });
      return { status: 200, body: { ok: true } };
    } catch {
      refused += 1;
      return { status: 401, body: { error: 'the signature does not match' } };
    }
  });
  return {
    url: `${server.url}/hooks/call-ended`,
    secret,
    deliveries: () => [...deliveries.values()],
    refused: () => refused,
    close: server.close,
  };
}
