/** The end functions of the configuration, with their secrets revealed, as this node runs them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../../clock/clock.ts';
import type { Config } from '../../config/config.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { FunctionLog } from '../../end-functions/attempt.ts';
import type { EndFunctions } from '../../end-functions/end-function.ts';
import { createEndFunctions } from '../../end-functions/end-functions.ts';
import { ShippedConfigError } from '../../end-functions/errors.ts';
import type { ArchiveOptions } from '../../end-functions/shipped/archive.ts';
import type { MessageOptions } from '../../end-functions/shipped/message.ts';
import type { Publisher } from '../../end-functions/shipped/publish.ts';
import type { ShippedOptions } from '../../end-functions/shipped/registry.ts';

export interface OpenOptions {
  readonly clock: Clock;
  readonly publisher?: Publisher;
  /** In place of the configured ones; paths begin at the present folder. */
  readonly modules?: readonly string[];
  /** Without those that the configuration turns on. Default false. */
  readonly withoutShipped?: boolean;
  readonly onLog?: (line: FunctionLog) => void;
}

/** Throws the errors of end functions: a mistake stops the start and not the first call. */
export function openEndFunctions(config: Config, options: OpenOptions): Promise<EndFunctions> {
  const { modules = config.endFunctions, withoutShipped = false, ...rest } = options;
  return createEndFunctions({
    ...rest,
    modules,
    folder: process.cwd(),
    environment: process.env,
    allowedVariables: config.endFunctionEnv,
    ...(withoutShipped ? {} : { shipped: shippedOptions(config), settings: config.functions }),
  });
}

function shippedOptions(config: Config): ShippedOptions {
  const { webhook, summary, sql, publish, sms, callback } = config;
  return {
    summary:
      summary.url === undefined || summary.model === undefined
        ? undefined
        : {
            url: summary.url,
            model: summary.model,
            apiKey: summary.apiKey?.reveal(),
            dispositions: summary.dispositions,
            instructions: summary.instructions,
            schema: summary.schemaFile === undefined ? undefined : readSchema(summary.schemaFile),
          },
    sms: messageOf(config, sms),
    callback: messageOf(config, callback),
    sql: sql.url && { url: sql.url.reveal(), table: sql.table, columns: sql.columns },
    publish: publish.subject === undefined ? undefined : { ...publish, subject: publish.subject },
    archive: archiveOf(config.archive),
    webhook:
      webhook.url === undefined || webhook.secret === undefined
        ? undefined
        : { ...webhook, url: webhook.url, secret: webhook.secret.reveal() },
  };
}

function messageOf(
  { twilio }: Config,
  { from, to, body, accountSid, ...more }: Config['sms'] & { readonly at?: string | undefined },
): MessageOptions | undefined {
  if (from === undefined || to === undefined || body === undefined) return undefined;
  const accounts = twilio?.accounts ?? [];
  const account = accounts.find((one) => accountSid === undefined || one.accountSid === accountSid);
  if (twilio === undefined || account === undefined) return { ...more, from, to, body };
  const { apiKey, apiSecret, authToken } = account;
  const byKey = apiKey !== undefined && apiSecret !== undefined;
  return {
    ...more,
    from,
    to,
    body,
    account: {
      accountSid: account.accountSid,
      username: byKey ? apiKey : account.accountSid,
      password: (byKey ? apiSecret : authToken)?.reveal() ?? '',
      baseUrl: twilio.baseUrl,
    },
  };
}

function archiveOf(archive: Config['archive']): ArchiveOptions | undefined {
  const { folder, prefix, s3Endpoint, s3Bucket, s3Region, s3AccessKeyId, s3SecretAccessKey } = archive;
  if (folder !== undefined) return { folder: resolve(folder), prefix };
  if (!s3Endpoint || !s3Bucket || !s3AccessKeyId || !s3SecretAccessKey) return undefined;
  const keys = { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey.reveal() };
  return { s3: { endpoint: s3Endpoint, bucket: s3Bucket, region: s3Region, ...keys }, prefix };
}

function readSchema(file: string): JsonObject {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ShippedConfigError(
      'summary',
      `${file} cannot be read as JSON (${code ?? 'syntax'}); correct summary.schemaFile`,
    );
  }
}
