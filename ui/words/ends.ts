/** How calls and legs end, in words. */
import type { EndReason } from '../../machines/call/context.ts';

const REASONS: Readonly<Record<EndReason, string>> = {
  agent_end_call: 'the agent ended it',
  agent_end_phrase: 'the agent said a phrase that ends it',
  caller_hangup: 'the caller hung up',
  transferred: 'it was transferred',
  voicemail: 'a voicemail answered',
  ivr: 'a phone menu answered',
  silence_timeout: 'nobody spoke any more',
  max_duration: 'it was as long as it may be',
  no_answer: 'nobody answered',
  busy: 'the line was busy',
  declined: 'it was declined',
  canceled_before_answer: 'it was canceled before an answer',
  dial_failed: 'dialling failed',
  invalid_destination: 'there is no such number',
  rejected_by_policy: 'a policy refused it',
  operator_ended: 'an operator ended it',
  gateway_lost: 'its gateway was lost',
  media_failure: 'its media failed',
  ai_error: 'the model failed',
  provider_error: 'its provider failed',
  worker_shutdown: 'its worker shut down',
  lifetime_exceeded: 'it outlived every bound',
  internal_error: 'a fault inside onhook',
  unknown: 'nobody knows why',
};

/** Why a call ends or ended; a reason of a later version is shown as it is. */
export function endWords(reason: string): string {
  return (REASONS as Readonly<Record<string, string>>)[reason] ?? reason.replaceAll('_', ' ');
}

const FAREWELLS: Readonly<Record<string, string>> = {
  none_needed: 'none was needed',
  confirmed: 'heard: the mark came back',
  unconfirmed: 'played, without proof that it was heard',
  interrupted: 'interrupted',
  timed_out: 'timed out',
  failed: 'failed',
  skipped_caller_left: 'cut short: the caller left',
};

export function farewellWords(outcome: string): string {
  return FAREWELLS[outcome] ?? outcome.replaceAll('_', ' ');
}

const TERMINATIONS: Readonly<Record<string, { readonly words: string; readonly good: boolean }>> = {
  confirmed_by_event: { words: 'ended, its provider said so', good: true },
  confirmed_by_response: { words: 'ended, the answer proves it', good: true },
  already_ended: { words: 'had ended already', good: true },
  confirmed_by_poll: { words: 'ended, found by asking', good: true },
  forced_unconfirmed: { words: 'given up without evidence', good: false },
  failed: { words: 'could not be ended', good: false },
  not_ours: { words: 'left alone: not ours to end', good: true },
};

export function terminationWords(termination: string | undefined): { words: string; good: boolean } {
  if (termination === undefined) return { words: 'up', good: true };
  return TERMINATIONS[termination] ?? { words: termination.replaceAll('_', ' '), good: true };
}
