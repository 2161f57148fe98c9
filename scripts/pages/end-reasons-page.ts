/** The page `docs/end-reasons.md`: what each word of a call record's account means. The type checker holds the words. */
import type { EndedBy, EndReason, FarewellOutcome, Termination } from '../../machines/call/context.ts';

const endReasons: Readonly<Record<EndReason, string>> = {
  agent_end_call: 'The agent asked for the end (`by`: `agent`, none, or a word that is not known).',
  agent_end_phrase: 'The agent said its closing phrase (`by`: `phrase`).',
  caller_hangup: 'The far end hung up. Inferred where the carrier names no side.',
  transferred: 'The call went on elsewhere; its survivors were left alone.',
  voicemail: 'A mailbox answered.',
  ivr: 'A machine with menus answered.',
  silence_timeout: 'Nobody spoke for too long.',
  max_duration: 'The longest time of a call (`maxCallMs`, or the gateway said so).',
  no_answer: 'Nobody answered.',
  busy: 'The line was busy.',
  declined: 'The callee declined (SIP 603, or its client said so).',
  canceled_before_answer: 'Cancelled before an answer, by the side that dialled.',
  dial_failed: 'The carrier or the trunk could not connect the call that was dialled.',
  invalid_destination: 'There is no such number (SIP 404, 484).',
  rejected_by_policy: 'A rule of the gateway ended it (`by`: `policy`).',
  operator_ended: 'An operator ended or killed it.',
  gateway_lost: 'Its gateway fell silent and did not come back (`livenessMs`, `gatewayLostMs`).',
  media_failure: 'Media were lost and did not come back.',
  ai_error: 'The model failed (`by`: `ai_error`).',
  provider_error:
    'The carrier or the trunk failed on a line that was up: `failed` after an answer, or of an inbound call.',
  worker_shutdown: 'The process of the gateway stops (`by`: `worker_shutdown`).',
  lifetime_exceeded: 'It reached `lifetimeMs`.',
  internal_error: 'Its fold failed: it was quarantined and hung up safely.',
  unknown: 'No cause was learned, as when only the end of the room was told.',
};

const sides: Readonly<Record<EndedBy, string>> = {
  agent: 'The agent behind the gateway.',
  caller: 'The person at the far end.',
  carrier: 'The carrier or the network.',
  operator: 'Somebody with the API or the commands.',
  system: 'A timer or a rule, of onhook or of the gateway.',
};

const farewells: Readonly<Record<FarewellOutcome, string>> = {
  none_needed: 'None was asked for.',
  confirmed: 'Its mark came back: it was played to the end.',
  unconfirmed: 'It was sent, and nothing proves that it was played.',
  interrupted: 'It was cut.',
  timed_out: 'It did not come, or did not end, in time.',
  failed: 'The gateway said that there would be none.',
  skipped_caller_left: 'The far end had left.',
};

const terminations: Readonly<Record<Termination, string>> = {
  confirmed_by_event: 'Its provider told that it ended.',
  confirmed_by_response: 'The answer to our request proves it.',
  already_ended: 'It had ended before our request.',
  confirmed_by_poll: 'Asked, its provider said that it has ended.',
  forced_unconfirmed: 'The budget (`terminateMs`) ran out; trying goes on, and an alarm says so.',
  failed: 'Its provider refuses the request; somebody should look.',
  not_ours: 'Not ours to end: a survivor of a transfer, or the policy says so.',
};

function table(head: string, words: Readonly<Record<string, string>>): string {
  const rows = Object.entries(words).map(([word, meaning]) => `| \`${word}\` | ${meaning} |`);
  return `| \`${head}\` | Meaning |\n|---|---|\n${rows.join('\n')}\n`;
}

/** Markdown. */
export function endReasonsMarkdown(): string {
  return `# How a call ended: the words of its record

Who ended the call, why, and what became of the farewell and of each leg. Which ending gives which words is in
[decision-table.md](decision-table.md). \`endedByBasis\` says whether somebody \`reported\` it or it was \`inferred\`. The
business outcome is the \`disposition\`, which end functions set; it is never mixed with these. Words may be added, never
changed. This page is written by \`npm run docs\`.

## Why

${table('endReason', endReasons)}
## Who

${table('endedBy', sides)}
## The farewell

${table('farewell', farewells)}
## Each leg

${table('termination', terminations)}`;
}
