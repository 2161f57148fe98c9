/** What the edge lets through is what the machine hears: checked by the compiler and by one example of each. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { CallEventOf } from '../../machines/call/events.ts';
import type {
  GatewayEventData,
  IngressEventData,
  OperatorEventData,
} from '../../src/contract/event-schemas.ts';
import type { OwnMessage } from '../../src/contract/own-events.ts';
import type { EncodedEvent } from '../../src/contract/encode.ts';
import type { GatewayEvents } from '../../src/gateway/events.ts';
import type { CommandBodies } from '../../src/contract/commands.ts';
import type { Commands } from '../../src/gateway/command-desk.ts';
import type { Note } from '../../src/actors/call-state.ts';
import type { FeedType } from '../../src/contract/feed.ts';
import type { OutgoingMessage, StoredMessage } from '../../src/log/log.ts';
import type { Decoder } from '../../src/contract/decode.ts';
import { decode, gatewayData, ingressData, operatorData, stored } from './messages.ts';

/** Handled beside the machine: the start makes it, the account keeps the others. */
type Beside = 'call.started' | 'state.patched' | 'transcript.appended';
type Heard = Omit<GatewayEventData, Beside> & IngressEventData & OperatorEventData;
type MachineData = { [T in keyof Heard]: CallEventOf<T>['data'] };

describe('event types', () => {
  it('decode to data that the machine can hear', () => {
    expectTypeOf<Heard>().toExtend<MachineData>();
    expectTypeOf<keyof Heard>().toExtend<CallEventOf<keyof Heard>['type']>();
  });

  it('are exactly those that a gateway can publish, and take what it publishes', () => {
    expectTypeOf<keyof GatewayEvents>().toEqualTypeOf<keyof GatewayEventData>();
    type Simple = Exclude<keyof GatewayEvents, 'call.started'>;
    expectTypeOf<Pick<GatewayEvents, Simple>>().toExtend<Pick<GatewayEventData, Simple>>();
    expectTypeOf<GatewayEvents['call.started']['legs']>().toExtend<
      GatewayEventData['call.started']['legs']
    >();
  });

  it('fit the log on the way in and out', () => {
    expectTypeOf<StoredMessage>().toExtend<Parameters<Decoder>[0]>();
    expectTypeOf<OwnMessage>().toExtend<OutgoingMessage>();
    expectTypeOf<EncodedEvent>().toExtend<OutgoingMessage>();
  });

  it('of commands and of the feed are the same on both sides', () => {
    expectTypeOf<Exclude<keyof CommandBodies, 'ping'>>().toEqualTypeOf<keyof Commands>();
    expectTypeOf<FeedType>().toEqualTypeOf<Note['type']>();
  });

  const all = [
    ...Object.entries(gatewayData).map((entry) => ['gw1', ...entry] as const),
    ...Object.entries(ingressData).map((entry) => ['_ingress', ...entry] as const),
    ...Object.entries(operatorData).map((entry) => ['_operator', ...entry] as const),
  ];

  it.each(all)('%s may say %s, and every field arrives', (principal, type, data) => {
    const decoded = decode(stored(type, data, { principal }));
    expect(decoded).toMatchObject({ ok: true, message: { type, gateway: principal, callId: 'CA1', data } });
  });

  it.each(all)('%s, %s: unknown fields are dropped, not refused', (principal, type, data) => {
    expect(decode(stored(type, { ...data, surprise: { a: 1 } }, { principal }))).toMatchObject({
      ok: true,
      message: { data },
    });
    const decoded = decode(stored(type, { ...data, surprise: 1 }, { principal }));
    expect(decoded.ok && 'surprise' in decoded.message.data).toBe(false);
  });

  // Refused, one of these would leave a line up: it is taken without the field (decode.test.ts).
  const taken = new Set(['end.requested', 'call.ended', 'caller.left']);
  const strict = all.filter(([principal, type]) => principal !== 'gw1' || !taken.has(type));

  it.each(strict)('%s, %s: any field of another kind is refused by its name', (principal, type, data) => {
    for (const field of Object.keys(data)) {
      const decoded = decode(stored(type, { ...data, [field]: [[7]] }, { principal }));
      expect(decoded).toMatchObject({ ok: false, refusal: 'invalid', type, callId: 'CA1' });
      expect(decoded.ok ? '' : decoded.reason).toContain(field);
    }
  });
});
