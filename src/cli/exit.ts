/** How a command ends: the exit codes of the contract, and which failure becomes which. */
import { CommanderError } from 'commander';

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
  nats_server_not_found: EXIT.unavailable,
  nats_server_failed: EXIT.unavailable,
  admin_port_unavailable: EXIT.unavailable,
  ingress_port_unavailable: EXIT.unavailable,
  starting: EXIT.unavailable,
  bad_configuration: EXIT.badConfiguration,
  log_mismatch: EXIT.badConfiguration,
  carrier_config: EXIT.badConfiguration,
  webhook_config_invalid: EXIT.badConfiguration,
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
  return known || !(error instanceof Error) ? `onhook: ${message}` : `onhook: ${error.stack ?? message}`;
}
