/** Stored messages as a server would hand them over, and one good body of every event from outside. */
import type { StoredLike } from '../../src/contract/envelope.ts';
import { createDecoder } from '../../src/contract/decode.ts';
import type {
  GatewayEventData,
  IngressEventData,
  OperatorEventData,
} from '../../src/contract/event-schemas.ts';

const encoder = new TextEncoder();

export const callId = 'CA1';
export const decode = createDecoder({ prefix: 'onhook.v1', partitions: 1 });

export interface StoredOptions {
  readonly principal?: string;
  readonly callId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly seq?: number;
}

/** `body`: bytes and texts as they are, other values as JSON. */
export function stored(type: string, body: unknown, options: StoredOptions = {}): StoredLike {
  const subject = `onhook.v1.evt.${options.principal ?? 'gw1'}.${options.callId ?? callId}.${type}`;
  return storedAt(subject, body, options);
}

export function storedAt(subject: string, body: unknown, options: StoredOptions = {}): StoredLike {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    subject,
    seq: options.seq ?? 7,
    timestampMs: 1_700_000_000_000,
    headers: new Map(Object.entries(options.headers ?? {})),
    data: body instanceof Uint8Array ? body : encoder.encode(text),
  };
}

export const gatewayData: GatewayEventData = {
  'call.started': {
    provider: 'twilio',
    legs: { carrier: { callSid: 'CA1' }, room: { name: 'r1' } },
    id: 'a raw id',
    instance: 'pod-1',
    capabilities: { say: true, marks: false },
    direction: 'inbound',
    from: '+4930123456',
    to: '',
    policy: {
      mode: 'backstop',
      bargeIn: 'resume',
      bargeInMax: 1,
      farewell: { say: 'bye' },
      systemFarewell: { instructions: 'say goodbye' },
      timers: { drainMs: 8_000, silence: 20_000 },
    },
    state: { customer: { name: 'x', tags: [1, null, true] } },
    endFunctions: ['summary'],
  },
  'leg.added': { key: 'transfer', leg: { callSid: 'CA2' }, role: 'human' },
  'call.answered': { answeredBy: 'human' },
  'stream.started': {},
  'stream.stopped': {},
  'end.requested': { by: 'a new word', reason: 'done', farewell: 'reply', toolCallId: 't1' },
  'farewell.started': { utteranceId: 'u1', expectedMs: 1_200 },
  'farewell.finished': { utteranceId: 'u1', audioMs: 1_180, interrupted: false },
  'farewell.failed': { utteranceId: 'u1', detail: 'no voice' },
  'mark.echoed': { name: 'm1' },
  'playback.cleared': {},
  'caller.spoke': { text: 'wait', final: true },
  'agent.spoke': {},
  'activity.paused': {},
  'activity.resumed': {},
  'caller.left': { cause: 'hangup' },
  'call.ended': { by: 'agent', reason: 'done', farewell: 'confirmed' },
  'transfer.started': { to: 'sip:a@b' },
  'transfer.failed': { to: 'sip:a@b' },
  'call.transferred': { to: 'sip:a@b', survivors: ['carrier'] },
  'state.patched': { patch: { a: null, b: { c: [1] } } },
  'transcript.appended': { role: 'user', text: 'hello', at: '2026-11-20T10:00:00Z' },
  'leg.status': { leg: 'carrier', status: 'completed', sequence: 3, sipCode: 200, answeredBy: 'human' },
};

export const ingressData: IngressEventData = {
  'leg.status': { leg: 'carrier', status: 'ringing', sequence: 1 },
  'participant.joined': { identity: 'sip_1', kind: 'SIP' },
  'participant.left': { identity: 'sip_1', reason: 'CLIENT_INITIATED' },
  'room.finished': {},
};

export const operatorData: OperatorEventData = {
  'operator.end-requested': { reason: 'late' },
  'operator.kill-requested': {},
  'operator.end-cancelled': {},
};
