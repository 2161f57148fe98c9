/** How a command ends: the exit codes of the contract, and which failure becomes which. */
import { CommanderError } from 'commander';
import { paint } from './terminal.ts';

/** Numbers above 63 as in sysexits.h. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unavailable: 69, badConfiguration: 78 } as const;

/** The command line asks for what cannot be. Exit 2. */
export class UsageError extends Error {
  readonly code = 'usage';
  constructor(problem: string) {
    super(problem);
    this.name = 'UsageError';
  }
}

/** Stable codes of errors, by the exit code they mean. Any other failure is 1. */
const BY_CODE: Readonly<Record<string, number>> = {
  usage: EXIT.usage,
  invalid_gateway_name: EXIT.usage,
  log_unavailable: EXIT.unavailable,
  admin_unreachable: EXIT.unavailable,
  admin_stream_ended: EXIT.unavailable,
  nats_server_not_found: EXIT.unavailable,
  nats_server_failed: EXIT.unavailable,
  admin_port_unavailable: EXIT.unavailable,
  ingress_port_unavailable: EXIT.unavailable,
  starting: EXIT.unavailable,
  bad_configuration: EXIT.badConfiguration,
  log_mismatch: EXIT.badConfiguration,
  carrier_config: EXIT.badConfiguration,
  webhook_config_invalid: EXIT.badConfiguration,
  traces_missing: EXIT.badConfiguration,
  traces_protocol_unsupported: EXIT.badConfiguration,
};

/** The stable code of an error of ours, or `unexpected`. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unexpected';
}

/** The exit code that a failure means. Pure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const code = codeOf(error);
  if (code.startsWith('end_function_')) return EXIT.badConfiguration;
  return BY_CODE[code] ?? EXIT.failed;
}

/** What stderr says: one sentence for failures that we know, the stack for those that we do not. */
export function describeFailure(error: unknown, json: boolean): string {
  const known = codeOf(error) !== 'unexpected';
  const message = error instanceof Error ? error.message : String(error);
  if (json) return JSON.stringify({ error: { code: codeOf(error), message } });
  const text = known || !(error instanceof Error) ? message : (error.stack ?? message);
  return `${paint('red', 'onhook:', process.stderr)} ${text}`;
}

/**
 * What the parser of the command line has not said yet, with `--json`; undefined when it has, or when it
 * only printed the help or the version.
 */
export function describeUsage({ exitCode, message }: CommanderError, json: boolean): string | undefined {
  if (!json || exitCode === 0) return undefined;
  const said = message === '(outputHelp)' ? 'a command is missing; --help shows what there is' : message;
  return JSON.stringify({ error: { code: 'usage', message: said.replace(/^error: /, '') } });
}
