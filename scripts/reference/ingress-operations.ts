/** Every route of the ingress port. A test holds the list equal to what the code registers. */
import { z } from 'zod';
import type { ProblemCode } from '../../src/ingress/problem.ts';
import { statusCallback } from '../../src/ingress/twilio-status.ts';
import type { Operation } from './operation.ts';
import { text } from './shape.ts';

type IngressOperation = Operation<ProblemCode>;

const DELIVERY_PROBLEMS = [
  'bad_request',
  'signature_refused',
  'call_unknown',
  'too_many_held',
  'log_unavailable',
  'log_full',
] as const;

const FACADE_PROBLEMS = ['credentials_required', 'carrier_unreachable'] as const;
const proxied = { description: "Twilio's own answer, as it came; its status may be any.", type: '*/*' };

export const ingressOperations: readonly IngressOperation[] = [
  {
    route: 'POST /webhooks/twilio/status',
    id: 'twilioStatus',
    summary: "Twilio's status callbacks, signed with the account's auth token",
    body: { type: 'application/x-www-form-urlencoded', schema: statusCallback, required: true },
    answers: { 204: { description: 'It is in the log.' } },
    problems: [...DELIVERY_PROBLEMS, 'signature_stale'],
  },
  {
    route: 'POST /webhooks/livekit',
    id: 'livekitWebhook',
    summary: "LiveKit's webhooks, signed with the API secret",
    body: {
      type: 'application/webhook+json',
      schema: z.looseObject({ event: text, id: text.optional() }),
      required: true,
    },
    answers: {
      200: {
        description: 'In the log, or of no interest (`accepted` is false).',
        schema: z.object({ accepted: z.boolean() }),
      },
    },
    problems: DELIVERY_PROBLEMS,
  },
  ...(['GET', 'POST', 'DELETE'] as const).map((method) => ({
    route: `${method} /2010-04-01/*`,
    id: `twilio${method[0]}${method.slice(1).toLowerCase()}`,
    summary: "Anything else of Twilio's API, passed on to Twilio",
    answers: { 200: proxied },
    problems: FACADE_PROBLEMS,
  })),
];

/** What the façade answers itself, below one of its routes. */
export const facadeHangup: IngressOperation = {
  route: 'POST /2010-04-01/Accounts/:accountSid/Calls/:callSid.json',
  id: 'twilioHangup',
  summary: "A hangup in Twilio's words: the farewell plays out first, for at most 10 s",
  body: {
    type: 'application/x-www-form-urlencoded',
    schema: z.looseObject({ Status: z.enum(['completed', 'canceled']) }),
    required: true,
  },
  answers: {
    200: {
      description: 'The call as Twilio describes it, with the fields that onhook can vouch for.',
      schema: z.object({
        sid: text,
        account_sid: text,
        status: z.enum(['completed', 'canceled', 'in-progress']),
        api_version: z.literal('2010-04-01'),
        uri: text,
      }),
    },
  },
  problems: FACADE_PROBLEMS,
};
