/**
 * The nats-server configuration that we ship, for `onhook nats config`, `onhook dev` and tests.
 * Passwords are never rendered: the file names environment variables, which nats-server reads itself.
 */
import { PRINCIPALS } from '../../contract/subjects.ts';
import { partitionMapping } from './streams.ts';

/**
 * A user of the server whose password is in an environment variable of nats-server. The server reads
 * the value as configuration text: one of digits only needs quotes inside the variable.
 */
export interface ServerUser {
  readonly user: string;
  readonly passwordVariable: string;
}

export interface ServerConfigOptions {
  readonly prefix: string;
  readonly partitions: number;
  readonly host?: string;
  readonly port?: number;
  readonly storeDir?: string;
  /**
   * One fsync per message. Only for NATS 2.12.3 and later: 2.9 refuses the setting. Needed with three
   * replicas if acked messages must survive a power cut.
   */
  readonly durable?: boolean;
  /** Without it anybody who reaches the port may publish anything: loopback only (log rule 4). */
  readonly auth?: { readonly onhook: ServerUser; readonly gateways: readonly GatewayUser[] };
}

export interface GatewayUser extends ServerUser {
  /** The fleet's token in its subjects, `<gateway>` of the contract. */
  readonly gateway: string;
}

/** Text of a configuration file for nats-server 2.9.10 and later. */
export function natsServerConfig(options: ServerConfigOptions): string {
  const lines = ['# Rendered by `onhook nats config`.'];
  if (options.host !== undefined) lines.push(`host: ${quoted(options.host)}`);
  if (options.port !== undefined) lines.push(`port: ${options.port}`);
  lines.push(...jetStream(options));
  const mappings = mappingLines(options);
  if (options.auth === undefined) return finish([...lines, ...mappings]);
  const users = [onhookUser(options.auth.onhook)];
  for (const gateway of options.auth.gateways) users.push(gatewayUser(options, gateway));
  const account = ['jetstream: enabled', ...mappings, 'users: [', ...indented(users.flat()), ']'];
  return finish([...lines, 'accounts {', ...indented(['ONHOOK {', ...indented(account), '}']), '}']);
}

function jetStream({ storeDir, durable }: ServerConfigOptions): string[] {
  const inside = [
    ...(storeDir === undefined ? [] : [`store_dir: ${quoted(storeDir)}`]),
    ...(durable === true ? ['sync_interval: always'] : []),
  ];
  return inside.length === 0 ? ['jetstream: enabled'] : ['jetstream {', ...indented(inside), '}'];
}

function mappingLines({ prefix, partitions }: ServerConfigOptions): string[] {
  if (partitions <= 1) return [];
  const { src, dest } = partitionMapping(prefix, partitions);
  return ['mappings {', ...indented([`${quoted(src)}: ${quoted(dest)}`]), '}'];
}

function onhookUser(user: ServerUser): string[] {
  return [
    `# May do everything; alone may publish under ${Object.values(PRINCIPALS).join(', ')} (log rule 4).`,
    ...login(user, []),
  ];
}

/** A gateway publishes its own events and answers the commands of its own calls; nothing else. */
function gatewayUser({ prefix, partitions }: ServerConfigOptions, user: GatewayUser): string[] {
  const publish = [`${prefix}.evt.${user.gateway}.>`];
  // NATS 2.9 checks the permission after the mapping.
  if (partitions > 1) publish.push(`${prefix}.p.*.${user.gateway}.>`);
  return login(user, [
    'permissions {',
    ...indented([
      `publish: { allow: [${publish.map(quoted).join(', ')}] }`,
      `subscribe: { allow: [${quoted(`${prefix}.cmd.${user.gateway}.>`)}, "_INBOX.>"] }`,
      'allow_responses: true',
    ]),
    '}',
  ]);
}

function login({ user, passwordVariable }: ServerUser, rest: string[]): string[] {
  return ['{', ...indented([`user: ${quoted(user)}`, `password: $${passwordVariable}`, ...rest]), '}'];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function finish(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
