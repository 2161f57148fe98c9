/**
 * The data of every event from outside, by principal: gateways, verified webhooks (`_ingress`),
 * operators (`_operator`). Unknown fields are dropped: a newer gateway works with an older onhook.
 */
import { z } from 'zod';
import { capabilitiesSchema, policySchema } from './call-policy.ts';
import {
  count,
  durationMs,
  farewellRequest,
  id,
  jsonObject,
  key,
  LEGS_MAX,
  legs,
  party,
  rawId,
  text,
  word,
} from './event-fields.ts';

/** Functions that one call may name; a deployment has a handful. */
const END_FUNCTIONS_MAX = 64;

const nothing = z.object({});
const transfer = z.object({ to: party.optional() });

const legStatus = z.object({
  leg: key,
  status: word,
  sequence: count.optional(),
  sipCode: z.number().int().min(100).max(699).optional(),
  answeredBy: word.optional(),
});

export const gatewayEventSchemas = {
  'call.started': z.object({
    provider: key,
    legs,
    id: rawId.optional(),
    instance: id.optional(),
    capabilities: capabilitiesSchema.optional(),
    direction: z.enum(['inbound', 'outbound']).optional(),
    from: party.optional(),
    to: party.optional(),
    policy: policySchema.optional(),
    state: jsonObject.optional(),
    endFunctions: z.array(key).max(END_FUNCTIONS_MAX).optional(),
  }),
  'leg.added': z.object({ key, leg: jsonObject, role: word.optional() }),
  'call.answered': z.object({ answeredBy: word.optional() }),
  'stream.started': nothing,
  'stream.stopped': nothing,
  'end.requested': z.object({
    by: text.optional(),
    reason: text.optional(),
    farewell: farewellRequest.optional(),
    toolCallId: id.optional(),
  }),
  'farewell.started': z.object({ utteranceId: id, expectedMs: durationMs.optional() }),
  'farewell.finished': z.object({
    utteranceId: id,
    audioMs: durationMs.optional(),
    interrupted: z.boolean().optional(),
  }),
  'farewell.failed': z.object({ utteranceId: id.optional(), detail: text.optional() }),
  'mark.echoed': z.object({ name: id }),
  'playback.cleared': nothing,
  'caller.spoke': z.object({ text: text.optional(), final: z.boolean().optional() }),
  'agent.spoke': nothing,
  'activity.paused': nothing,
  'activity.resumed': nothing,
  'caller.left': z.object({ cause: text.optional() }),
  'call.ended': z.object({ by: text.optional(), reason: text.optional(), farewell: text.optional() }),
  'transfer.started': transfer,
  'transfer.failed': transfer,
  'call.transferred': z.object({ to: party.optional(), survivors: z.array(key).max(LEGS_MAX).optional() }),
  'state.patched': z.object({ patch: jsonObject }),
  'transcript.appended': z.object({
    role: word,
    text,
    at: z.union([z.string().max(64), z.number()]).optional(),
  }),
  /** Only for a carrier that the gateway is itself the authority of; who is that, the call decides. */
  'leg.status': legStatus,
} as const;

const participant = z.object({ identity: id, reason: word.optional(), kind: word.optional() });

export const ingressEventSchemas = {
  'leg.status': legStatus,
  'participant.joined': participant,
  'participant.left': participant,
  'room.finished': nothing,
} as const;

const operatorWord = z.object({ reason: text.optional() });

export const operatorEventSchemas = {
  'operator.end-requested': operatorWord,
  'operator.kill-requested': operatorWord,
  'operator.end-cancelled': operatorWord,
} as const;

export type GatewayEventData = {
  [T in keyof typeof gatewayEventSchemas]: z.output<(typeof gatewayEventSchemas)[T]>;
};
export type IngressEventData = {
  [T in keyof typeof ingressEventSchemas]: z.output<(typeof ingressEventSchemas)[T]>;
};
export type OperatorEventData = {
  [T in keyof typeof operatorEventSchemas]: z.output<(typeof operatorEventSchemas)[T]>;
};
