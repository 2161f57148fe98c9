/** What `onhook config …` and `onhook nats config` print. */
import type { Command } from 'commander';
import { configJsonSchema, renderConfig, showConfig } from '../config/show.ts';
import { isGatewayName } from '../contract/subjects.ts';
import { natsServerConfig } from '../log/nats/server-config.ts';
import { UsageError } from './exit.ts';
import { createOutput } from './output.ts';
import { loadSettings } from './settings.ts';

function outputOf(command: Command): ReturnType<typeof createOutput> {
  return createOutput(command.optsWithGlobals<{ json: boolean }>().json);
}

/** Holds no secret. Throws `ConfigError`. */
export function print(command: Command): void {
  const loaded = loadSettings(command);
  outputOf(command).data(showConfig(loaded), () => renderConfig(loaded));
}

/** Throws `ConfigError` with every problem; silent problems are warnings on stderr. */
export function validate(command: Command): void {
  const { warnings } = loadSettings(command);
  outputOf(command).data({ valid: true, warnings }, () => 'the configuration is valid');
}

export function schema(): void {
  createOutput(true).data(configJsonSchema(), () => '');
}

interface NatsOptions {
  readonly gateway?: readonly string[];
  readonly auth: boolean;
  readonly durable?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly storeDir?: string;
}

/** `gw-1` → `GW_1_NATS_PASSWORD` */
function passwordVariable(name: string): string {
  return `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_NATS_PASSWORD`;
}

/** Throws `ConfigError`, and `UsageError` for a gateway's name that is no subject token. */
export function nats(command: Command): void {
  const { config } = loadSettings(command);
  const options = command.opts<NatsOptions>();
  const { gateway: gateways = [] } = options;
  const bad = gateways.find((name) => !isGatewayName(name));
  if (bad !== undefined) {
    throw new UsageError(`--gateway ${bad}: a name has letters, digits, _ and -, 64 at most`);
  }
  const text = natsServerConfig({
    prefix: config.nats.prefix,
    partitions: config.partitions,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.storeDir === undefined ? {} : { storeDir: options.storeDir }),
    ...(options.durable === true ? { durable: true } : {}),
    ...(options.auth ? { auth: users(gateways) } : {}),
  });
  outputOf(command).data({ config: text }, () => text);
}

function users(gateways: readonly string[]): NonNullable<Parameters<typeof natsServerConfig>[0]['auth']> {
  return {
    onhook: { user: 'onhook', passwordVariable: 'ONHOOK_NATS_PASSWORD' },
    gateways: gateways.map((gateway) => ({
      gateway,
      user: gateway,
      passwordVariable: passwordVariable(gateway),
    })),
  };
}
