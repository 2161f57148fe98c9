/**
 * The configuration: read from flags, environment and file, checked as a whole, frozen. It is parsed
 * once, at start; nothing else of onhook reads the environment.
 */
import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { parse, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import type { TimerValues } from '../contract/timers.ts';
import { ConfigError } from './problem.ts';
import type { ConfigProblem } from './problem.ts';
import { relationProblems } from './relation.ts';
import { configSchema } from './schema.ts';
import type { Settings } from './schema.ts';
import { Secret } from './secret.ts';
import { keysAt, SETTINGS } from './setting.ts';
import { collect, unknownVariables } from './source.ts';
import type { Origin, Sources } from './source.ts';

export interface TwilioAccount {
  readonly accountSid: string;
  /** Signs webhooks; signs requests when there is no API key. */
  readonly authToken?: Secret | undefined;
  readonly apiKey?: string | undefined;
  readonly apiSecret?: Secret | undefined;
}

export interface TwilioConfig {
  readonly baseUrl: string;
  readonly requestsPerSecond: number;
  /** At least one; the first is the one of the environment, where that names one. */
  readonly accounts: readonly [TwilioAccount, ...TwilioAccount[]];
}

export interface LiveKitConfig {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: Secret;
}

/** Everything onhook can be told. A provider that is not configured is undefined. */
export interface Config extends Readonly<Omit<Settings, 'twilio' | 'livekit' | 'timers'>> {
  readonly twilio: TwilioConfig | undefined;
  readonly livekit: LiveKitConfig | undefined;
  readonly timers: TimerValues;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The same by path, as `config print` shows it. */
  readonly settings: Settings;
  readonly origins: ReadonlyMap<string, Origin>;
  /** Sentences; the configuration is valid all the same. */
  readonly warnings: readonly string[];
}

export interface LoadOptions {
  /** Setting path (`timers.drainMs`) → text of its flag. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly env: NodeJS.ProcessEnv;
  /** Path of the file. Default: `ONHOOK_CONFIG`, which must exist, else `onhook.yaml`, which may. */
  readonly file?: string;
}

function refuseFile(
  name: string,
  rule: 'file-unreadable' | 'file-syntax',
  reason: string,
  cure: string,
): never {
  throw new ConfigError([{ path: '', rule, message: `${name}: ${reason}`, cure }]);
}

function readConfigFile(options: LoadOptions): Sources['file'] {
  const named = options.file ?? options.env.ONHOOK_CONFIG;
  const name = named === undefined || named === '' ? 'onhook.yaml' : named;
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT' && name !== named) return undefined;
    return refuseFile(name, 'file-unreadable', `cannot be read (${code})`, 'check ONHOOK_CONFIG or --config');
  }
  try {
    const content: unknown = parse(text, { logLevel: 'error' }) ?? {};
    if (typeof content === 'object' && !Array.isArray(content)) {
      return { name, content: content as Record<string, unknown> };
    }
    return refuseFile(name, 'file-syntax', 'is not a map of settings', 'write `key: value` lines');
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    // Not the parser's message: it quotes the line, which may hold a secret.
    const line = error.linePos?.[0].line ?? 0;
    return refuseFile(name, 'file-syntax', `is not YAML (${error.code}, line ${line})`, 'repair that line');
  }
}

function cureOf(path: string, origin: Origin | undefined): string {
  const setting = SETTINGS.find((candidate) => candidate.path === path);
  if (origin !== undefined && origin.type !== 'default') return `change ${path} in ${origin.name}`;
  return setting?.env === undefined ? `see \`onhook config schema\`` : `set ${path} or ${setting.env}`;
}

/** A key with the nearest one that is known in its place. */
function unknownKey(parent: readonly PropertyKey[], key: string): ConfigProblem {
  const path = [...parent, key].join('.');
  const elsewhere = SETTINGS.find((setting) => setting.path.endsWith(`.${key}`));
  const nearest = elsewhere?.path ?? [...parent, closest(key, keysAt(parent))].join('.');
  return { path, rule: 'unknown-key', message: 'is not a setting', cure: `did you mean ${nearest}?` };
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], values);
}

/** Only a word that is known is ever repeated. */
function nearestChoice(choices: readonly string[], value: unknown): string | undefined {
  return typeof value === 'string' ? closest(value, [...choices]) : undefined;
}

/** zod's messages name types and bounds, never the value they refuse. */
function problemsOf(
  error: z.ZodError,
  origins: ReadonlyMap<string, Origin>,
  values: Record<string, unknown>,
): ConfigProblem[] {
  return error.issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key));
    const path = issue.path.join('.');
    const isTimer = path.startsWith('timers.');
    const setting = SETTINGS.find(
      (candidate) => path === candidate.path || path.startsWith(`${candidate.path}.`),
    );
    const rule = isTimer ? 'timer-range' : 'invalid-value';
    const message = isTimer ? 'must be an integer from 0 to 2147483647' : issue.message;
    const cure = cureOf(path, origins.get(setting?.path ?? path));
    const word = setting?.choices && nearestChoice(setting.choices, valueAt(values, issue.path));
    return [{ path, rule, message, cure: word === undefined ? cure : `${cure}; did you mean ${word}?` }];
  });
}

function twilioOf(settings: Settings['twilio']): TwilioConfig | undefined {
  const { baseUrl, requestsPerSecond, accounts, accountSid, ...keys } = settings;
  const [first, ...rest] = [...(accountSid === undefined ? [] : [{ accountSid, ...keys }]), ...accounts];
  return first && { baseUrl, requestsPerSecond, accounts: [first, ...rest] };
}

/** Moves credentials out of the URLs, where they would be printed, into secrets. */
function natsOf({ url, ...nats }: Settings['nats']): Settings['nats'] {
  const given = url?.map((server) => (URL.canParse(server) ? new URL(server) : undefined));
  const login = given?.find((server) => server !== undefined && server.username !== '');
  if (login === undefined) return { url, ...nats };
  const user = decodeURIComponent(login.username);
  const found =
    login.password === ''
      ? { token: new Secret(user) }
      : { user, password: new Secret(decodeURIComponent(login.password)) };
  return { ...found, ...nats, url: url?.map((server) => server.replace(/\/\/[^/]*@/, '//')) };
}

function liveKitOf({ url, apiKey, apiSecret }: Settings['livekit']): LiveKitConfig | undefined {
  return url && apiKey && apiSecret ? { url, apiKey, apiSecret } : undefined;
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const below of Object.values(value)) freeze(below);
  return Object.freeze(value);
}

/**
 * Reads the configuration. Flags > environment > file > defaults. Pure but for reading the file and
 * those that `*_FILE` variables name; may run any number of times.
 *
 * @throws ConfigError with every problem found; the command exits 78.
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const sources: Sources = { flags: options.flags ?? {}, env: options.env, file: readConfigFile(options) };
  const { values, origins, problems } = collect(sources);
  const parsed = configSchema.safeParse(values);
  const all = parsed.success
    ? [...problems, ...(problems.length === 0 ? relationProblems(parsed.data) : [])]
    : [...problems, ...problemsOf(parsed.error, origins, values)];
  if (!parsed.success || all.length > 0) throw new ConfigError(all);
  const { nats, twilio, livekit, ...rest } = parsed.data;
  const config: Config = {
    ...rest,
    nats: natsOf(nats),
    twilio: twilioOf(twilio),
    livekit: liveKitOf(livekit),
  };
  return {
    config: freeze(config),
    settings: freeze(parsed.data),
    origins,
    warnings: unknownVariables(options.env),
  };
}
