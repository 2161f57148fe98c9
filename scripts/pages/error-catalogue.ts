/**
 * Every stable code with which onhook refuses something: errors of the process, rules of the
 * configuration, problems of the API, troubles of the gateway library. Code → cause and cure. A test
 * holds these equal to the codes in the source.
 */
import type { ProblemCode } from '../../src/admin/problem.ts';
import type { ConfigRule } from '../../src/config/problem.ts';
import type { GatewayProblemCode } from '../../src/gateway/errors.ts';
import type { ProblemCode as IngressProblemCode } from '../../src/ingress/problem.ts';

export interface Entry {
  readonly cause: string;
  readonly cure: string;
}

export type Catalogue<Code extends string = string> = Readonly<Record<Code, Entry>>;

function entry(cause: string, cure: string): Entry {
  return { cause, cure };
}

/** Field `code` of an error that is thrown; commands print its message, `--json` the code too. */
export const processErrors: Catalogue = {
  usage: entry('The command line asks for what cannot be. Exit 2.', 'See `--help` of that command.'),
  bad_configuration: entry(
    'The configuration is refused; the message lists every problem. Exit 78.',
    'Correct what it names: the rules are below.',
  ),
  carrier_config: entry(
    'A provider is configured in a way that cannot work. Exit 78.',
    'Correct the key in the message.',
  ),
  webhook_config_invalid: entry(
    'The configured webhook cannot work. Exit 78.',
    'Correct `ONHOOK_WEBHOOK_URL` or `ONHOOK_WEBHOOK_SECRET`.',
  ),
  end_function_invalid: entry(
    'A definition of an end function is not valid. Exit 78.',
    'Correct its definition.',
  ),
  end_function_module_failed: entry(
    'A module of `ONHOOK_END_FUNCTIONS` cannot be imported, or its import never ends. Exit 78.',
    'Import it alone with node; keep work out of its top level.',
  ),
  end_function_none_found: entry(
    'A listed module exports no end function. Exit 78.',
    'Export what `defineEndFunction` returns, or a function named `end_function`.',
  ),
  end_function_duplicate: entry('Two end functions have one name. Exit 78.', 'Give each its own name.'),
  end_function_after_unknown: entry(
    'An `after` names a function that does not exist. Exit 78.',
    'Correct it, or add the module that defines the function.',
  ),
  end_function_after_cycle: entry(
    'End functions wait for each other in a circle. Exit 78.',
    'Remove one `after` of the circle.',
  ),
  end_function_unknown: entry(
    '`functions.<name>` of the configuration names no end function. Exit 78.',
    'Correct the name, or add the module that defines it.',
  ),
  shipped_function_invalid: entry(
    'A shipped end function cannot work as it is configured. Exit 78.',
    'Do what the message says.',
  ),
  sandbox: entry(
    'A function in the sandbox wanted a connection that no answer can stand in for.',
    'None: it is what the sandbox is for.',
  ),
  log_unavailable: entry(
    'NATS did not answer; whether the operation happened is unknown. Exit 69.',
    'Check that NATS is up, reachable and accepts the credentials.',
  ),
  nats_login_unreadable: entry(
    'A certificate, key or credentials file for NATS cannot be read, or is something else. Exit 69.',
    'Correct the variable that the message names.',
  ),
  log_full: entry(
    'A stream is at its byte limit and refuses new messages.',
    'Raise its `max_bytes` or lower its `max_age`; see operations.md.',
  ),
  log_mismatch: entry(
    'A stream, bucket or mapping on the server is not what the configuration says. Exit 78.',
    'Do what the message says; nothing is changed by itself.',
  ),
  wrong_last_sequence: entry(
    'Somebody wrote first: an append, create or update expected another state.',
    'None is needed: whoever sees it reads again.',
  ),
  bad_subject: entry('A subject holds a wildcard, a blank or an empty token.', 'Use an exact subject.'),
  bad_header: entry('A header cannot be sent over NATS.', 'Use printable text on one line.'),
  bad_key: entry('A key does not fit a bucket.', 'Use letters, digits, `_`, `=`, `.` and `-`.'),
  partition_lost: entry(
    'Another node owns the partition now.',
    'None: its new owner goes on. If it happens often, see operations.md.',
  ),
  unreadable_manifest: entry(
    'The checkpoint was written by a build that this one cannot read.',
    'Run the build that wrote it, or a newer one.',
  ),
  broken_checkpoint: entry(
    'The manifest names a chunk that is missing or cut.',
    'Restore the bucket `onhook-checkpoints` from a backup.',
  ),
  checkpoint_config_missing: entry(
    'A call in a checkpoint names a configuration that the manifest does not hold.',
    'Restore the bucket `onhook-checkpoints` from a backup.',
  ),
  admin_port_unavailable: entry(
    'The admin address is taken or not of this machine. Exit 69.',
    'Set `ONHOOK_ADMIN_HOST` or `ONHOOK_ADMIN_PORT`.',
  ),
  inspector_missing: entry(
    '`--inspect` needs a package that is not installed.',
    '`npm install @statelyai/inspect`.',
  ),
  traces_missing: entry(
    'Traces are configured and the OpenTelemetry SDK is not installed. Exit 78.',
    'The `npm install` of the message, or `OTEL_SDK_DISABLED=true`.',
  ),
  traces_protocol_unsupported: entry(
    '`OTEL_EXPORTER_OTLP_PROTOCOL` names another protocol than `http/protobuf`. Exit 78.',
    "Set it to that, and the endpoint to the receiver's HTTP port.",
  ),
  export_failed: entry(
    'The receiver of traces did not take spans. Calls go on; the spans are counted as failed.',
    "The receiver's log, `OTEL_EXPORTER_OTLP_ENDPOINT` and its headers.",
  ),
  ingress_port_unavailable: entry(
    'The ingress address is taken or not of this machine. Exit 69.',
    'Set `ONHOOK_INGRESS_HOST` or `ONHOOK_INGRESS_PORT`.',
  ),
  no_history: entry(
    'There is no message of the call to replay: removed by age, or another id.',
    'Check the id; its record may still be there.',
  ),
  chart_wildcard_event: entry(
    'A chart names an event with a wildcard.',
    'Name each event that the state hears.',
  ),
  chart_unrepeatable: entry(
    'A chart has a guard, change or action that is not a named function.',
    'Name it in `setup()` as one function of context and event.',
  ),
  admin_unreachable: entry(
    'No node answers at the admin URL. Exit 69.',
    'Start one (`onhook serve`), or name it with `--admin-url`.',
  ),
  admin_stream_ended: entry(
    'The live stream of a node broke off while a command listened to it. Exit 69.',
    'The node stopped or is started again: run the command again when it is back.',
  ),
  not_a_node: entry(
    'Something answers at the admin URL that is not the admin API of onhook.',
    'Correct `--admin-url`, or `ONHOOK_ADMIN_HOST` and `ONHOOK_ADMIN_PORT`.',
  ),
  nats_server_not_found: entry(
    'No nats-server binary was found, for `dev` or a test. Exit 69.',
    'Install it, or set `ONHOOK_NATS_SERVER` to its path.',
  ),
  nats_server_failed: entry(
    'nats-server ended or did not listen; its own words are in the message. Exit 69.',
    'Read them: often the port or the folder is taken.',
  ),
  demo_stopped: entry('The demo was closed while a call was playing.', 'None: it is no failure.'),
  crm_unavailable: entry(
    'The CRM of a demo call is down on purpose.',
    'None: the demo shows its dead letter.',
  ),
  invalid_gateway_name: entry(
    'The name of a gateway fleet does not fit a subject. Exit 2 in commands.',
    'Use letters, digits, `_` and `-`, at most 64, not `_` first.',
  ),
  job_required: entry(
    'A LiveKit session is attached outside of a job.',
    'Give `job`, the JobContext of your entrypoint.',
  ),
};

/** `rule` of a configuration problem. */
export const configRules: Catalogue<ConfigRule> = {
  'unknown-key': entry('A key is not known.', 'Use the nearest known one, which the message names.'),
  'invalid-value': entry('A value is of another kind or out of its bounds.', 'See the key in config.md.'),
  'timer-range': entry(
    'A timer is no whole number of ms from 0 to 2³¹ − 1.',
    'Node fires a longer one at once.',
  ),
  'farewell-start-within-farewell': entry(
    '`farewellStartMs` is greater than `farewellMs`.',
    'Lower the first or raise the second.',
  ),
  'checkpoint-within-lease': entry(
    'Three times `checkpointMs` is greater than `leaseTtlMs`.',
    'Lower the first or raise the second.',
  ),
  'lifetime-above-max-call': entry(
    '`lifetimeMs` does not leave room for the longest call and its ending.',
    'Raise it, or lower `maxCallMs`.',
  ),
  'log-outlives-calls': entry(
    '`logMaxAgeMs` is less than `lifetimeMs` and one day.',
    'Raise it, unset it, or lower `lifetimeMs`.',
  ),
  'half-configured-provider': entry(
    'A provider, the webhook or NATS has one half of what it needs.',
    'Set the missing half, or unset the given one.',
  ),
  'admin-token-required': entry(
    'The admin API listens beyond loopback without a token.',
    'Set `ONHOOK_ADMIN_TOKEN` or `ONHOOK_ADMIN_TOKEN_FILE`.',
  ),
  'nats-open': entry(
    'A NATS server beyond loopback without authentication.',
    'Set a user, token or credentials, or allow it by `nats.allowOpen`.',
  ),
  'file-unreadable': entry('The configuration file cannot be read.', 'Check its path and permissions.'),
  'file-syntax': entry('The configuration file is no YAML.', 'Correct the line in the message.'),
  'secret-unreadable': entry(
    'The file of a secret cannot be read.',
    'Check the path in the `*_FILE` variable.',
  ),
  'secret-given-twice': entry('A secret is given both as a value and as a file.', 'Unset one.'),
};

/** `code` of the problem JSON (RFC 9457) of the admin API. */
export const apiProblems: Catalogue<ProblemCode> = {
  bad_request: entry('400. A parameter or the body is not understood.', 'The detail names it.'),
  token_required: entry('401. No bearer token, or another one.', 'Send `ONHOOK_ADMIN_TOKEN` of the node.'),
  host_not_allowed: entry('403. The host name of the request is not served.', 'Use the address of the node.'),
  scope_required: entry('403. A token that may only read asks for a change.', 'Send `ONHOOK_ADMIN_TOKEN`.'),
  origin_not_allowed: entry('403. A page of another origin asks for a change.', 'Use the page of the node.'),
  not_found: entry('404. There is no such path.', 'See the list of paths.'),
  call_not_found: entry(
    '404. No node knows an open call with this id, and there is no record.',
    'Check the id.',
  ),
  script_not_found: entry('404. No test call has this name.', '`GET /api/node` names them.'),
  dead_letter_not_found: entry('404. No such dead letter is kept.', '`onhook dlq ls` shows what there is.'),
  dead_letter_final: entry(
    '409. It is an input, or nothing is left of its call to try again.',
    'Mend the sender of an input; discard the letter.',
  ),
  call_closed: entry('409. The call is closed.', 'Read its record.'),
  call_conflict: entry('409. The command means nothing in the state of the call.', 'Look at its state.'),
  body_too_large: entry('413. The body is too large.', 'Send less.'),
  internal_error: entry(
    '500. Something unforeseen. As an alarm: a call was quarantined and is hung up safely.',
    "See the node's own log, and report it.",
  ),
  not_available: entry('501. This node does not offer it.', 'Ask another, or a newer one.'),
  starting: entry('503. The node is starting.', 'Ask again; `GET /readyz` says when.'),
  log_unavailable: processErrors['log_unavailable'] as Entry,
  log_full: processErrors['log_full'] as Entry,
  too_many_watchers: entry('503. Too many event streams are open.', 'Close one.'),
};

/** `code` of the problem JSON of the ingress, which carriers and gateways call. */
export const ingressProblems: Catalogue<IngressProblemCode> = {
  bad_request: entry('400. The request is not understood.', 'The detail names the field.'),
  credentials_required: entry('401. The façade wants the credentials of a configured account.', 'Send them.'),
  signature_refused: entry(
    '403. The signature of a webhook is missing or wrong.',
    'Set `ONHOOK_PUBLIC_URL` to the URL that the carrier calls, and check the secret.',
  ),
  signature_stale: entry(
    '403. A callback is older than every call that is kept: two days by default.',
    'It is a replay, or it lay in a queue; it can change nothing.',
  ),
  not_found: entry('404. There is no such path.', 'Correct the URL at the carrier.'),
  body_too_large: entry('413. The body is too large.', 'Send less.'),
  internal_error: entry('500. Something unforeseen.', "See the node's own log, and report it."),
  carrier_unreachable: entry('502. The carrier behind the façade did not answer.', 'Try again.'),
  call_unknown: entry(
    '503. No call has registered this leg within 10 s.',
    'Name the leg in `call.started` or `leg.added`. A carrier that no gateway reports on is expected here.',
  ),
  too_many_held: entry('503. Too many webhooks wait for their calls.', 'As `call_unknown`.'),
  log_unavailable: processErrors['log_unavailable'] as Entry,
  log_full: entry('503. The log is filled to 90 %.', 'Raise its `max_bytes`; see operations.md.'),
};

/** Reported by the gateway library to `onProblem`. */
export const gatewayProblems: Catalogue<GatewayProblemCode> = {
  event_dropped: entry(
    'The buffer was full; the least important event was dropped.',
    'Look at the connection.',
  ),
  event_too_large: entry('The body is above 64 KiB or the limit of the server. Not sent.', 'Send less.'),
  event_unacknowledged: entry(
    'No ack; the event is published again with the same id.',
    'Check NATS and the log.',
  ),
  permission_refused: entry(
    'NATS refuses the subject.',
    'Check the account of this gateway (`onhook nats config`).',
  ),
  command_failed: entry('A command handler threw.', 'Correct the handler; the cause is in the problem.'),
  callback_failed: entry(
    'A guard or a callback of the end_call tool threw. The call ends all the same.',
    'Correct it; the cause is in the problem.',
  ),
};

/** What the library answers to a command that it cannot obey. */
export const commandAnswers: Catalogue = {
  unknown_command: entry('The verb is not known to this version.', 'Use a newer library.'),
  malformed_command: entry('The body is no JSON object.', 'Only onhook publishes commands.'),
  unsupported_command: entry(
    'The gateway has no handler for it.',
    'Correct `capabilities` of `call.started`.',
  ),
};
