/** The configuration as people and programs read it: `config print`, `config schema`, docs/config.md. */
import { z } from 'zod';
import type { LoadedConfig } from './config.ts';
import { fields } from './field.ts';
import { configSchema } from './schema.ts';
import { Secret } from './secret.ts';
import { SETTINGS } from './setting.ts';
import type { Setting } from './setting.ts';
import type { Origin } from './source.ts';

export interface ShownSetting {
  readonly path: string;
  /** JSON; a secret is `[secret]`, an absent value is null. */
  readonly value: unknown;
  /** Where it came from: `default`, `env ONHOOK_PARTITIONS`, `flag --partitions`, `file onhook.yaml`. */
  readonly source: string;
  /** Why the default is what it is. */
  readonly reason: string;
}

function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => {
    return typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined;
  }, tree);
}

/** The user part of a URL can be a password. */
function withoutCredentials(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCredentials);
  return typeof value === 'string' ? value.replace(/\/\/[^/]*@/, '//[secret]@') : value;
}

function shown(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Secret) return value.toJSON();
  // Through JSON, so that secrets inside lists of accounts are written as such.
  return withoutCredentials(JSON.parse(JSON.stringify(value)));
}

function sourceOf(origin: Origin | undefined): string {
  return origin === undefined || origin.type === 'default' ? 'default' : `${origin.type} ${origin.name}`;
}

/** Every setting with its value, its source and the reason of its default. Holds no secret. */
export function showConfig({ settings, origins }: LoadedConfig): ShownSetting[] {
  return SETTINGS.map(({ path, reason }) => {
    return { path, value: shown(valueAt(settings, path)), source: sourceOf(origins.get(path)), reason };
  });
}

/** `config print` for people: one line per setting. Holds no secret. */
export function renderConfig(loaded: LoadedConfig): string {
  const rows = showConfig(loaded).map(({ path, value, source, reason }) => {
    const left = `${path}: ${JSON.stringify(value)}`;
    return { left, right: source === 'default' ? `# default: ${reason}` : `# ${source}` };
  });
  const width = Math.min(48, Math.max(...rows.map(({ left }) => left.length)));
  return `${rows.map(({ left, right }) => `${left.padEnd(width)}  ${right}`).join('\n')}\n`;
}

/** JSON Schema (2020-12) of `onhook.yaml`, for editors and `config schema`. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: 'input', metadata: fields });
  return { title: 'onhook.yaml', ...schema };
}

function row({ path, kind, env, flag, secret, description, reason }: Setting, defaults: unknown): string {
  const value = valueAt(defaults, path);
  const variable = env === undefined ? 'file only' : `\`${env}\`${secret ? ` or \`${env}_FILE\`` : ''}`;
  const names = flag === undefined ? variable : `${variable}, \`${flag}\``;
  const standard = value === undefined ? '' : `\`${JSON.stringify(value)}\``;
  return `| \`${path}\` | ${secret ? 'secret' : kind} | ${names} | ${standard} | ${description} (${reason}) |`;
}

/** docs/config.md, whole. */
export function configMarkdown(): string {
  const defaults = configSchema.parse({});
  return `# Configuration

Flags > environment > file (\`onhook.yaml\`, or the one that \`ONHOOK_CONFIG\` names) > defaults. A key that is
not listed is refused with the nearest one that is. Secrets have no flag, since others see a command line; each
can be read from a file. A list is separated by commas in a flag or variable. \`onhook config print\` shows every
value with its source. This page is written by \`npm run docs\`.

| Key of the file | Kind | Variable, flag | Default | Meaning (reason of the default) |
|---|---|---|---|---|
${SETTINGS.map((setting) => row(setting, defaults)).join('\n')}

Relations that are checked at start, by the name in the message:

| Rule | What must hold |
|---|---|
| \`timer-range\` | a timer is an integer from 0 to 2147483647 |
| \`farewell-start-within-farewell\` | \`farewellStartMs\` is at most \`farewellMs\` |
| \`checkpoint-within-lease\` | \`checkpointMs\` × 3 is at most \`leaseTtlMs\` |
| \`lifetime-above-max-call\` | \`lifetimeMs\` is above \`maxCallMs\` plus the longest ending |
| \`log-outlives-calls\` | \`retention.logMaxAgeMs\` is at least \`lifetimeMs\` and one day, or 0 |
| \`half-configured-provider\` | a provider is configured whole or not at all |
| \`admin-token-required\` | an admin host that is not loopback has a token |
| \`nats-open\` | a NATS server beyond loopback has authentication, or \`nats.allowOpen\` says that it may not |
`;
}
