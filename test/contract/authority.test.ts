/** Who may say what: invariant 20 at the edge, and log rule 4 for our own words. */
import { describe, expect, it } from 'vitest';
import { ownCallChecks, partitionChecks } from '../../src/contract/own-checks.ts';
import { ownMessage, ownershipSubject, partitionMessage } from '../../src/contract/own-events.ts';
import type { OwnCallEvents } from '../../src/contract/own-events.ts';
import { ownershipKey } from '../../src/contract/subjects.ts';
import { callId, decode, gatewayData, ingressData, operatorData, stored, storedAt } from './messages.ts';

const prefix = 'onhook.v1';
const place = { partition: 0, partitions: 1 };
const owner = { epoch: 5, nonce: 'n1' };

const own: OwnCallEvents = {
  'timer.fired': { ...owner, timerId: 'drain.draining', armedSeq: 7, armedEra: 0, waitedMs: 15_000.25 },
  'effect.attempted': { ...owner, effectId: 'e1', attempt: 1 },
  'effect.settled': {
    ...owner,
    effectId: 'e1',
    attempt: 1,
    outcome: { result: 'done', code: 'http_200', status: 'completed', data: { output: { a: [1] } } },
    emergency: true,
  },
  'unattended.permitted': { epoch: 5 },
  'call.quarantined': { epoch: 5, detail: 'a guard threw' },
  'redrive.requested': { kind: 'function', subject: 'crm', letterId: 'l1' },
  'discard.requested': { kind: 'leg', subject: 'carrier', letterId: 'l2' },
  'line.found': { leg: 'carrier', revival: { record: {}, incarnation: 0 } },
  'facts.late': { facts: [], revival: { record: {}, incarnation: 0 } },
};

const ownTypes = Object.keys(own) as (keyof OwnCallEvents)[];
const outside = { ...gatewayData, ...ingressData, ...operatorData };

describe('our own messages', () => {
  it.each(ownTypes)('%s is read back as it was written', (type) => {
    const { subject, data, headers } = ownMessage(prefix, callId, type, 'id1', own[type]);
    expect(headers, 'no Nats-Msg-Id, log rule 18').toBeUndefined();
    expect(decode(storedAt(subject, data))).toMatchObject({
      ok: true,
      message: { gateway: '_onhook', type, id: 'id1', callId, data: own[type] },
    });
  });

  it.each(ownTypes)('%s is refused when a field is missing', (type) => {
    for (const field of Object.keys(own[type]).filter((name) => name !== 'emergency')) {
      const { [field]: _left, ...rest } = own[type] as unknown as Record<string, unknown>;
      expect(decode(stored(type, rest, { principal: '_onhook' }))).toMatchObject({
        ok: false,
        refusal: 'invalid',
        reason: `${field}: missing or of another kind`,
      });
    }
  });

  it('may carry the largest output that an end function may have', () => {
    const output = 'x'.repeat(64 * 1024);
    const settled = { ...own['effect.settled'], outcome: { result: 'done' as const, data: { output } } };
    const { subject, data } = ownMessage(prefix, callId, 'effect.settled', 'id1', settled);
    expect(decode(storedAt(subject, data)).ok).toBe(true);
  });

  it('with an outcome that no build knows are refused', () => {
    for (const outcome of [{ result: 'toString' }, { result: 'done', data: [] }, null, 'done']) {
      const data = { ...own['effect.settled'], outcome };
      expect(decode(stored('effect.settled', data, { principal: '_onhook' })).ok).toBe(false);
    }
  });

  it('about ownership share one subject and differ in ce-type (log rule 5)', () => {
    const claim = { node: 'a', nonce: 'n1', config: { hash: 'h' } };
    const messages = [
      partitionMessage(prefix, place, 'partition.claimed', 'i', claim),
      partitionMessage(prefix, place, 'partition.renewed', 'i', owner),
      partitionMessage(prefix, place, 'partition.released', 'i', owner),
    ];
    for (const { subject, data, headers } of messages) {
      expect(subject).toBe(ownershipSubject(prefix, 0, 1));
      expect(decode(storedAt(subject, data, { headers: headers ?? {} }))).toMatchObject({
        ok: true,
        message: { type: headers?.['ce-type'], callId: ownershipKey(0, 1) },
      });
    }
  });

  it('about ownership are refused beside that subject, and on it without their type', () => {
    const subject = ownershipSubject(prefix, 0, 1);
    const aside = `${prefix}.evt._onhook._p0.partition.renewed`;
    expect(decode(storedAt(aside, owner, { headers: { 'ce-type': 'partition.renewed' } })).ok).toBe(false);
    for (const headers of [{}, { 'ce-type': 'log.restored' }, { 'ce-type': 'partition.stolen' }]) {
      expect(decode(storedAt(subject, owner, { headers }))).toMatchObject({ refusal: 'invalid' });
    }
  });

  it('about a partition: the log is back, operators pause and resume', () => {
    for (const message of [
      partitionMessage(prefix, place, 'log.restored', 'i', { epoch: 5 }),
      partitionMessage(prefix, place, 'operator.paused', 'i', {}),
      partitionMessage(prefix, place, 'operator.resumed', 'i', {}),
    ]) {
      expect(decode(storedAt(message.subject, message.data, message)).ok).toBe(true);
    }
  });
});

describe('a type is accepted only from the principal that may say it (invariant 20, log rule 4)', () => {
  const ours = [...ownCallChecks.keys(), ...partitionChecks.keys(), 'partition.owner'];
  const refused = { ok: false, refusal: 'unauthorised' };

  it.each(ours)('%s: not from a gateway, a webhook or, but for the pause, an operator', (type) => {
    for (const principal of ['gw1', '_ingress', '_operator']) {
      expect(decode(stored(type, {}, { principal }))).toMatchObject(refused);
    }
  });

  it.each(Object.keys(gatewayData).filter((type) => type !== 'leg.status'))(
    '%s: only from a gateway',
    (type) => {
      for (const principal of ['_ingress', '_operator', '_onhook']) {
        expect(decode(stored(type, outside[type as keyof typeof outside], { principal }))).toMatchObject(
          refused,
        );
      }
    },
  );

  it.each(['participant.joined', 'participant.left', 'room.finished', ...Object.keys(operatorData)])(
    '%s: not from a gateway',
    (type) => {
      const data = outside[type as keyof typeof outside];
      expect(decode(stored(type, data))).toMatchObject(refused);
      expect(decode(stored(type, data, { principal: '_onhook' }))).toMatchObject(refused);
    },
  );

  it('leg.status of a gateway passes: whether it is the authority, the call decides', () => {
    expect(decode(stored('leg.status', gatewayData['leg.status'])).ok).toBe(true);
    expect(decode(stored('leg.status', ingressData['leg.status'], { principal: '_operator' }))).toMatchObject(
      refused,
    );
  });

  it('call and partition messages do not stand in for each other', () => {
    expect(
      decode(stored('timer.fired', own['timer.fired'], { principal: '_onhook', callId: '_p0' })).ok,
    ).toBe(false);
    expect(decode(stored('log.restored', { epoch: 1 }, { principal: '_onhook' })).ok).toBe(false);
    expect(decode(stored('operator.paused', {}, { principal: '_operator' })).ok).toBe(false);
    expect(decode(stored('operator.kill-requested', {}, { principal: '_operator', callId: '_p0' })).ok).toBe(
      false,
    );
  });
});
