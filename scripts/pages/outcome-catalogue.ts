/**
 * Every stable code that an attempt, an alarm or a refusal of a call can carry. Code → cause and cure.
 * A test holds these equal to the codes in the source.
 */
import type { Catalogue, Entry } from './error-catalogue.ts';

function entry(cause: string, cure: string): Entry {
  return { cause, cure };
}

/** `code` of an outcome (`effect.settled`): requests to providers and commands to gateways. */
export const requestOutcomes: Catalogue = {
  timeout: entry('No answer within the time of the attempt; it may have acted.', 'Tried again.'),
  aborted: entry('Given up by us: the state no longer wants it, or the node stops.', 'None.'),
  reset: entry('The connection was cut.', 'Tried again.'),
  unreachable: entry(
    'Nobody listens, or there is no such host.',
    'Tried again; check the URL and the network.',
  ),
  transport: entry('Another failure before an answer was read.', 'Tried again.'),
  unreadable: entry(
    'A success with a body that is none of the provider.',
    'Tried again; is a proxy in between?',
  ),
  leg_invalid: entry('The leg lacks what its provider needs.', 'Correct `legs` of `call.started`.'),
  ask_unsupported: entry(
    'This provider cannot be asked whether a line is up.',
    'None: the hangup is repeated, and its answer tells.',
  ),
  sip_no_responder: entry('No gateway instance holds the call now.', 'Tried again.'),
  provider_missing: entry(
    'The leg names a provider that this node has not configured.',
    'Configure it on all nodes.',
  ),
  livekit_not_found: entry('The room is gone already. A success.', 'None.'),
  livekit_other_room: entry(
    'A room of that name with another SID: a later call has it. Not deleted.',
    'None.',
  ),
  breaker_open: entry(
    'The provider failed several times in a row and is left alone for a moment.',
    'Tried again.',
  ),
  lane_full: entry(
    'More effects wait for this target than its lane holds.',
    'Tried again; look for what is slow.',
  ),
  disconnected: entry('Our own connection to NATS was cut: says nothing about the gateway.', 'Tried again.'),
  unanswered: entry(
    'A subscribed gateway did not answer a command in time; it may have acted.',
    'Tried again.',
  ),
  invalid_address: entry('A command has no valid subject.', 'Report it.'),
  bad_payload: entry('An effect came without what it needs.', 'Report it.'),
  internal: entry('A performer threw.', "See the node's own log, and report it."),
  record_conflict: entry(
    'The record stream holds another incarnation or version.',
    'Never use a call id again.',
  ),
  record_raced: entry('Somebody else writes this record.', 'Tried again.'),
};

/** `code` of an outcome of an end function. */
export const functionOutcomes: Catalogue = {
  function_missing: entry(
    'The function that the call pinned is gone.',
    'Add its module again, then redrive.',
  ),
  function_load_failed: entry(
    'Its module cannot be imported in its process.',
    'Tried again; correct the module.',
  ),
  function_load_timeout: entry(
    'Its module did not come back from its import.',
    'Keep work out of its top level.',
  ),
  function_not_started: entry(
    'Its process could not be started.',
    'Tried again; look at memory and process limits.',
  ),
  function_timeout: entry('It took longer than its `timeoutMs`; its process was ended.', 'Tried again.'),
  function_cancelled: entry('Its attempt was given up by us.', 'None.'),
  function_exited: entry(
    'Its process exited before it returned.',
    'Tried again; do not call `process.exit`.',
  ),
  function_killed: entry(
    'Its process was killed, often for its memory.',
    'Tried again; see its memory limit.',
  ),
  function_flooded: entry('It sent more messages than it may.', 'Log less.'),
  function_threw: entry('It threw.', 'Tried again by its retry policy.'),
  function_terminal: entry(
    'It said that trying again cannot help.',
    'Dead letter; correct the cause, then redrive.',
  ),
  function_output_invalid: entry('What it returned is no JSON.', 'Return plain JSON.'),
  function_output_too_large: entry('What it returned is too large.', 'Return less, or a link.'),
  function_schedule_invalid: entry(
    'Its `runAgainAt` is no instant.',
    'Return a Date, an ISO 8601 text, or a number of ms since the epoch.',
  ),
  function_disposition_invalid: entry('Its `disposition` has another shape.', 'Return `{code, detail?}`.'),
  network_error: entry('The receiver could not be reached.', 'Tried again.'),
  request_invalid: entry(
    'The request cannot be written down: a key or a header has letters that HTTP does not carry.',
    'Correct the configuration; then `onhook dlq redrive`.',
  ),
  attempts_spent: entry(
    'Its attempts are spent, those counted that a crash ended.',
    'Dead letter, tried again later.',
  ),
  inputs_missing: entry(
    '`postProcessingMs` was over while a declared input was still waited for.',
    'Dead letter, tried again later without it; lower `inputsWaitMs`.',
  ),
  url_refused: entry(
    'The URL that came with the call is not https, its host is not allowed, or its address is private.',
    'Correct the URL, or `webhook.allowedHosts`.',
  ),
  summary_invalid: entry('What the model answered does not hold the schema.', 'Tried again.'),
  message_incomplete: entry(
    'The text or the recipient needs what the call does not know.',
    'Dead letter; collect it during the call, or skip by `onlyIf`.',
  ),
  message_too_long: entry('The text has more than 1 600 characters.', 'Shorten it.'),
  callback_time_invalid: entry('What `callback.at` leads to is no instant.', 'Give ISO 8601 or ms.'),
  publish_unstored: entry(
    'No stream takes the subject, or the stream refuses.',
    'Tried again; add a stream.',
  ),
  publish_unanswered: entry('The stream did not answer in time; it may have stored it.', 'Tried again.'),
  publish_disconnected: entry('NATS is away.', 'Tried again.'),
  publish_subject_invalid: entry(
    'A value of the call is no token of a subject.',
    'Use a field without blanks, dots and wildcards.',
  ),
  archive_unwritable: entry('The file cannot be written.', 'Check the folder and its rights, then redrive.'),
  never_started: entry(
    '`postProcessingMs` was over before its turn came: it waited for another function.',
    'Dead letter, tried again later.',
  ),
  post_processing_over: entry('`postProcessingMs` is over.', 'Dead letter, tried again later.'),
};

/** Families of codes that carry a provider's own word or number. */
export const codeFamilies: Catalogue = {
  'http_<status>': entry('The HTTP status, where the provider gives no code.', 'See providers.md.'),
  'twilio_<code>': entry("Twilio's own error code.", 'twilio.com/docs/api/errors/<code>; see providers.md.'),
  'telnyx_<code>': entry("Telnyx's own error code.", 'See providers.md.'),
  'openai_<word>': entry("OpenAI's own error word.", 'See providers.md.'),
  'sip_<word>': entry("The gateway's own word about its line.", 'See providers.md.'),
  'sql_<state>': entry(
    "PostgreSQL's SQLSTATE.",
    'postgresql.org/docs/current/errcodes-appendix.html; classes 08, 40, 53, 55, 57, 58 are tried again.',
  ),
  'only_if <path>': entry('The function was skipped: this condition does not hold.', 'None.'),
  'livekit_<word>': entry("LiveKit's own word (Twirp).", 'See providers.md.'),
};

/** `code` of the command `call-refused`, or of `end-refused`, to a gateway. */
export const callRefusals: Catalogue = {
  id_reused: entry('A second `call.started` with other legs under a known id.', 'Never use a call id again.'),
  provider_unknown: entry(
    '`provider` is not configured here, and the mode is not observe.',
    'Configure it, or observe.',
  ),
  transfer_pending: entry(
    'A transfer rings; a polite end has to wait for it.',
    'Ask again when it is settled.',
  ),
};

/** `code` of an alarm: in the live feed as `alarm.raised`, in the log, and in `GET /api/stats`. */
export const alarms: Catalogue = {
  leg_failed: entry(
    'A provider refused to end a leg in a way that trying again cannot help. The line may be live.',
    "Read the leg's `detail` in the record; usually credentials. Then end the line by hand.",
  ),
  leg_unconfirmed: entry(
    'The budget of a leg ended without evidence. The line may be live; it is tried further, up to `legHorizonMs`.',
    "Look at the provider's status page and at the call there; a later version of the record tells of its end.",
  ),
  session_unconfirmed: entry(
    'The gateway did not confirm in time, or refused, that it closed its session. The line itself is ended.',
    "Look at that gateway's process: a session or a socket to the model may be left open, and cost money.",
  ),
  unattended_end: entry(
    'A call is about to end because its gateway or its media are gone, without evidence that it ended.',
    'One is a crashed gateway. Many at once: look at your gateways and the network before anything else.',
  ),
  unattended_ends_waiting: entry(
    'More such ends than `unattendedEndsMaxPerMinute` permits. The rest wait.',
    '`onhook pause` if they are wrong; else wait, or raise the limit.',
  ),
  internal_error: entry(
    'A call was quarantined and is hung up safely.',
    'Report it with the messages of the call (`GET /api/calls/:id/log`).',
  ),
  fold_failed: entry(
    'The fold of one call threw; it is quarantined, all others go on.',
    'Report it with the messages of the call.',
  ),
  call_state_too_large: entry(
    'A `state.patched` above 64 KiB was refused.',
    'Keep less in the state of the call.',
  ),
  call_refused_id_reused: entry('As `id_reused`.', 'Correct how the gateway chooses call ids.'),
  call_refused_provider_unknown: entry(
    'As `provider_unknown`.',
    'Configure the provider, or correct the gateway.',
  ),
  partition_failed: entry(
    'This node cannot claim, load or read a partition; it tries again, slower each time.',
    'The field `code` says why: see the errors of the process. Another node may serve it.',
  ),
  carrier_call_unknown: entry(
    'A carrier says that a call is up of which our log knows nothing. It is not touched.',
    'Find out who made it; other applications may share the account. If it is yours, why was it not started here?',
  ),
  leg_unaddressable: entry(
    'A call named a leg that its provider cannot address: no id, or an account that is not configured or not clear. It could not be hung up.',
    'The field `detail` says what is missing: mend the gateway, or add the account. Watch this call by hand.',
  ),
  carrier_list_refused: entry(
    'A carrier refuses to list its live calls, so lines that nobody ends are not found there. Told once.',
    'The field `code` says why, usually a key without that right. Lines of open calls are ended as ever.',
  ),
  carrier_call_alive: entry(
    'A carrier says that a line is up whose call is closed or lost. If no gateway answers for it, it is hung up.',
    'Look at the call at the carrier, and at the next version of its record.',
  ),
  checkpoint_failing: entry(
    'Ten checkpoints of a partition in a row could not be written: a recovery would replay all that came since.',
    'Look at the bucket `onhook-checkpoints`: its size limit, the permissions of our user, the disk of NATS.',
  ),
  event_field_ignored: entry(
    'An event that ends a call had fields of another kind; they were left out, and the event was taken.',
    'Mend the gateway: the alarm names the event and its fields.',
  ),
  log_rewound: entry(
    'The log has lost messages that were acknowledged, as after a power cut or a restored backup.',
    'Compare open calls with the carrier; see operations.md.',
  ),
  end_requested_unknown_call: entry(
    'A gateway asked to end a call that onhook does not know. The line may be live.',
    'Does the gateway publish `call.started`, and with the same call id? End the line by hand.',
  ),
  dead_letter_dropped: entry(
    'So many inputs were refused within a second that not every one was kept.',
    'Look at the newest input dead letters for the sender, and stop it.',
  ),
  log_filling: entry(
    'The log is filled to 80 % of its byte limit; messages of closed calls are removed early.',
    'Raise `retention.logMaxBytes` (and the disk) before new messages are refused.',
  ),
  calls_unreadable: entry(
    'This build cannot read some calls of the checkpoint. They are kept, and nothing is done for them.',
    'Run the build that wrote them.',
  ),
};
