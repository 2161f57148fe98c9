/** `POST /webhooks/livekit`: who joined and left a room, and its end, signed with the API secret. */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { WebhookEvent } from 'livekit-server-sdk';
import type { JsonObject } from '../contract/json.ts';
import { roomNameKey, roomSidKey } from '../contract/leg-entry.ts';
import type { Inbox, WebhookFact } from './inbox.ts';
import type { IngressParts } from './parts.ts';
import { Problem } from './problem.ts';

/** LiveKit's names → ours. Others are answered with success and ignored. */
const TYPES: Readonly<Partial<Record<WebhookEvent['event'], WebhookFact['type']>>> = {
  participant_joined: 'participant.joined',
  participant_left: 'participant.left',
  room_finished: 'room.finished',
};

const EVENT_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The contract's bound of an identity. */
const IDENTITY_MAX = 256;

/**
 * The handler; throws `signature_refused`, `bad_request` and what the inbox throws. The SDK is loaded only
 * when LiveKit is configured.
 */
export async function livekitWebhook(
  { livekit }: IngressParts,
  inbox: Inbox,
): Promise<(c: Context) => Promise<Response>> {
  const receiver =
    livekit && new (await import('livekit-server-sdk')).WebhookReceiver(livekit.apiKey, livekit.apiSecret);
  return async (c) => {
    const body = await c.req.text();
    // One answer for every failure of the check: field rule 61.
    const event = await receiver?.receive(body, c.req.header('authorization')).catch(() => undefined);
    if (event === undefined) {
      throw new Problem('signature_refused', 'Authorization; check LIVEKIT_API_KEY and LIVEKIT_API_SECRET');
    }
    const type = TYPES[event.event];
    if (type === undefined) return c.json({ accepted: false });
    await inbox.deliver(factOf(type, event, body));
    return c.json({ accepted: true });
  };
}

/** Throws `bad_request` for an event without its room or participant. */
function factOf(type: WebhookFact['type'], event: WebhookEvent, body: string): WebhookFact {
  const { name = '', sid = '' } = event.room ?? {};
  if (name === '' && sid === '') throw new Problem('bad_request', 'room is needed');
  const id = EVENT_ID.test(event.id) ? event.id : createHash('sha256').update(body).digest('hex');
  return {
    type,
    id,
    data: type === 'room.finished' ? {} : participantOf(event),
    // Field rule 42: the sid first, since a name may be used again.
    keys: [...(sid === '' ? [] : [roomSidKey(sid)]), ...(name === '' ? [] : [roomNameKey(name)])],
    fits: ({ roomSid }) => roomSid === undefined || sid === '' || roomSid === sid,
    address: { provider: 'livekit', name, sid },
  };
}

/** Enums as the words of the protocol: `SIP`, `USER_REJECTED`. A number is a word newer than the SDK. */
function participantOf({ participant }: WebhookEvent): JsonObject {
  const json = (participant?.toJson() ?? {}) as JsonObject;
  const { identity, kind = 'STANDARD', disconnectReason } = json;
  if (typeof identity !== 'string' || identity.length > IDENTITY_MAX) {
    throw new Problem('bad_request', 'participant.identity is needed');
  }
  return {
    identity,
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(typeof disconnectReason === 'string' ? { reason: disconnectReason } : {}),
  };
}
