/** The span of one attempt of an effect: what was asked of whom, and what came of it. */
import type { Effect, EffectKind } from '../../contract/effect.ts';
import type { Outcome, OutcomeResult } from '../../contract/outcome.ts';
import { maskedId } from '../masked-id.ts';
import type { SpanData } from './span.ts';

/** An attempt with what is known once it has ended. */
export interface EndedAttempt {
  readonly effect: Effect;
  /** The span of the state in which it ran. */
  readonly parentKey: string;
  /** By the log's clock, ms since the epoch. */
  readonly startAt: number;
  readonly endAt: number;
  /** Undefined: it was withdrawn, and nobody waits for what comes of it. */
  readonly outcome: Outcome | undefined;
}

const KINDS: Readonly<Record<EffectKind, SpanData['kind']>> = {
  command: 'client',
  'hang-up-leg': 'client',
  'ask-leg': 'client',
  'delete-room': 'client',
  'stop-egress': 'client',
  'run-end-function': 'internal',
  'publish-record': 'producer',
  'publish-dead-letter': 'producer',
  'remove-dead-letter': 'internal',
  'permit-unattended': 'internal',
};

const FAILURES: ReadonlySet<OutcomeResult> = new Set(['retry', 'fatal', 'refused', 'no-responder']);

/** Codes and status words are short and stable; anything else that a server sent stays out. */
const WORD = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

function word(text: string | undefined): string | undefined {
  return text !== undefined && WORD.test(text) ? maskedId(text) : undefined;
}

function aboutOf({ payload }: Effect): Record<string, string | undefined> {
  if ('verb' in payload) return { 'onhook.command': payload.verb };
  if ('leg' in payload) {
    return { 'onhook.leg': maskedId(payload.leg), 'onhook.provider': maskedId(payload.provider) };
  }
  if ('function' in payload) {
    return { 'onhook.function': payload.function, 'onhook.function.version': payload.version };
  }
  return {};
}

function nameOf({ kind, payload }: Effect): string {
  if ('verb' in payload) return `${kind} ${payload.verb}`;
  return 'function' in payload ? `${kind} ${payload.function}` : kind;
}

/** Its key is that of the attempt, so that an attempt which a new owner repeats has the same span id. Pure. */
export function attemptSpan({ effect, parentKey, startAt, endAt, outcome }: EndedAttempt): SpanData {
  const { effectId, kind, attempt, callId, gateway, cause } = effect;
  const failed = outcome !== undefined && FAILURES.has(outcome.result);
  return {
    key: `attempt/${effectId}/${attempt}`,
    parentKey,
    name: nameOf(effect),
    kind: KINDS[kind],
    startAt,
    endAt,
    attributes: {
      'onhook.call.id': maskedId(callId),
      'onhook.gateway': maskedId(gateway),
      'onhook.effect': kind,
      'onhook.effect.id': effectId,
      'onhook.attempt': attempt,
      'onhook.cause': cause,
      ...aboutOf(effect),
      'onhook.outcome': outcome?.result ?? 'withdrawn',
      'onhook.outcome.code': word(outcome?.code),
      'onhook.outcome.status': word(outcome?.status),
      'onhook.retry_after_ms': outcome?.retryAfterMs,
    },
    failure: failed ? (word(outcome.code) ?? outcome.result) : undefined,
  };
}
