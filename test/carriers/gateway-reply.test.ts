/** A gateway's answer on its way into the log: whatever it is, the outcomes that travel with it are read back. */
import type { Msg } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { classifyReply } from '../../src/carriers/gateway/reply.ts';
import { ownMessage } from '../../src/contract/own-events.ts';
import { callId, decode, storedAt } from '../contract/messages.ts';

const answered = (text: string): Msg => ({ data: Buffer.from(text) }) as unknown as Msg;
const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

test.each([1, 10, 16, 17, 28, 29, 40, 1_300])(
  'an answer of %i levels takes no other outcome with it (log rule 19)',
  (levels) => {
    const outcome = classifyReply(answered(nested(levels)));
    const hungUp = { effectId: 'e1', attempt: 1, outcome: { result: 'done' } } as const;
    const also = [{ effectId: 'e2', attempt: 1, outcome }];
    const told = { epoch: 5, nonce: 'n1', ...hungUp, also };
    const { subject, data } = ownMessage('onhook.v1', callId, 'effect.settled', 'id1', told);
    expect(decode(storedAt(subject, data))).toMatchObject({ ok: true });
    expect([outcome.result, outcome.data !== undefined]).toEqual(['done', levels <= 16]);
  },
);

test('a refusal is one however deep the answer is', () => {
  const text = `{"ok":false,"code":"busy","more":${nested(40)}}`;
  expect(classifyReply(answered(text))).toEqual({ result: 'refused', code: 'busy' });
});
