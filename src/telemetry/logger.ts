/**
 * The process's own log: JSON lines with a static message and facts in fields. Only fields of the
 * allow-list pass, personal data only under `pii` and only when enabled, and what is configured as a
 * secret is struck out of the finished line (invariant 22).
 */
import { pino } from 'pino';
import type { Logger as Pino } from 'pino';
import type { Clock } from '../clock/clock.ts';
import { dateOf } from '../clock/instant.ts';
import type { LogFields } from './log-fields.ts';
import { safeFields } from './log-fields.ts';
import { secretEraser } from './secret-eraser.ts';

/** Least level that is written. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Static messages; everything that varies is a field. Nothing here throws. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** With these fields in every line. */
  child(fields: LogFields): Logger;
}

/** What a log needs from outside. */
export interface LoggerOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Every configured secret, revealed: struck out wherever it would appear. */
  readonly secrets: readonly string[];
  /** Whether fields under `pii` are written. Default: no. */
  readonly personalData?: boolean;
  /** For people, in `dev` on a terminal only; other readers want JSON. */
  readonly pretty?: boolean;
  readonly output: NodeJS.WritableStream;
}

/** Loads the pretty printer only when it is wanted. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const { level, clock, secrets, personalData = false, pretty = false, output } = options;
  const erase = secretEraser(secrets);
  const stream = pretty ? await prettyStream(output) : output;
  const lines = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${dateOf(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: erase },
    },
    stream,
  );
  return wrap(lines, personalData);
}

async function prettyStream(output: NodeJS.WritableStream): Promise<NodeJS.WritableStream> {
  const { PinoPretty } = await import('pino-pretty');
  return PinoPretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', destination: output, sync: true });
}

function wrap(lines: Pino, personalData: boolean): Logger {
  const safe = (fields: LogFields = {}): object => safeFields(fields, personalData);
  return {
    debug: (message, fields) => lines.debug(safe(fields), message),
    info: (message, fields) => lines.info(safe(fields), message),
    warn: (message, fields) => lines.warn(safe(fields), message),
    error: (message, fields) => lines.error(safe(fields), message),
    child: (fields) => wrap(lines.child(safe(fields)), personalData),
  };
}
