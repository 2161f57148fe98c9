/**
 * Where each value comes from: flags > environment > file > defaults. Collects the raw values into
 * one tree for the schema, and remembers the origin of each.
 */
import { closest } from 'fastest-levenshtein';
import type { ConfigProblem } from './problem.ts';
import { readSecretFile } from './secret-file.ts';
import { SETTINGS } from './setting.ts';
import type { Setting } from './setting.ts';

/** Variables that are ours and not settings. */
const OTHER_VARIABLES = ['ONHOOK_CONFIG', 'ONHOOK_SKIP_PREPARE'];

export type Origin =
  | { readonly type: 'flag' | 'env' | 'file' | 'secret file'; readonly name: string }
  | { readonly type: 'default' };

export interface Collected {
  readonly values: Record<string, unknown>;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly ConfigProblem[];
}

/** A value as text becomes what the schema expects; text that does not fit stays for the schema to refuse. */
function fromText(setting: Setting, text: string): unknown {
  if (setting.kind === 'number') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
  if (setting.kind === 'boolean') {
    return { true: true, 1: true, false: false, 0: false }[text.trim().toLowerCase()] ?? text;
  }
  if (setting.kind !== 'list') return text;
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Sets `a.b` in a tree, without touching the file's own objects or the prototype. */
function put(tree: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? path;
  let node = tree;
  for (const key of keys) {
    const below = node[key];
    const copy: Record<string, unknown> =
      typeof below === 'object' && below !== null && !Array.isArray(below) ? { ...below } : {};
    node[key] = copy;
    node = copy;
  }
  node[last] = value;
}

function has(tree: unknown, path: string): boolean {
  let node = tree;
  for (const key of path.split('.')) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return false;
    node = (node as Record<string, unknown>)[key];
  }
  return true;
}

/** A secret from the file that `<VARIABLE>_FILE` names, without its final newline; '' is not set. */
function secretFromFile(setting: Setting, variable: string, path: string): string | ConfigProblem {
  const { text, problem } = readSecretFile(path);
  if (text !== undefined) return text;
  return {
    path: setting.path,
    rule: 'secret-unreadable',
    message: `the file that ${variable} names ${problem}`,
    cure: `check that ${path} exists and that this user may read it`,
  };
}

interface Found {
  readonly value: unknown;
  readonly origin: Origin;
}

function fromEnvironment(setting: Setting, env: NodeJS.ProcessEnv): Found | ConfigProblem | undefined {
  if (setting.env === undefined) return undefined;
  const text = env[setting.env];
  // An empty variable is what a compose file passes for "not set".
  const given = text !== undefined && text !== '';
  const variable = `${setting.env}_FILE`;
  const filePath = setting.secret ? env[variable] : undefined;
  if (filePath !== undefined && filePath !== '') {
    if (given) {
      const message = `both ${setting.env} and ${variable} are set`;
      return { path: setting.path, rule: 'secret-given-twice', message, cure: 'unset one of them' };
    }
    const value = secretFromFile(setting, variable, filePath);
    if (typeof value !== 'string') return value;
    return value === '' ? undefined : { value, origin: { type: 'secret file', name: variable } };
  }
  return given ? { value: fromText(setting, text), origin: { type: 'env', name: setting.env } } : undefined;
}

export interface Sources {
  /** Setting path → text, as the command line gave it. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: NodeJS.ProcessEnv;
  readonly file: { readonly name: string; readonly content: Record<string, unknown> } | undefined;
}

/** One tree of raw values. Unknown keys of the file stay in it: the schema refuses them. */
export function collect({ flags, env, file }: Sources): Collected {
  const values: Record<string, unknown> = { ...file?.content };
  const origins = new Map<string, Origin>();
  const problems: ConfigProblem[] = [];
  for (const setting of SETTINGS) {
    const flag = flags[setting.path];
    const found: ReturnType<typeof fromEnvironment> =
      flag === undefined
        ? fromEnvironment(setting, env)
        : { value: fromText(setting, flag), origin: { type: 'flag', name: setting.flag ?? setting.path } };
    if (found !== undefined && 'rule' in found) {
      problems.push(found);
    } else if (found !== undefined) {
      put(values, setting.path, found.value);
      origins.set(setting.path, found.origin);
    } else if (file !== undefined && has(file.content, setting.path)) {
      origins.set(setting.path, { type: 'file', name: file.name });
    }
  }
  return { values, origins, problems };
}

/** Variables that look like ours and are not: a warning each, since another program may own them. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = new Set([
    ...OTHER_VARIABLES,
    ...SETTINGS.flatMap(({ env: name, secret }) =>
      name === undefined ? [] : secret ? [name, `${name}_FILE`] : [name],
    ),
  ]);
  return Object.keys(env)
    .filter((name) => name.startsWith('ONHOOK_') && !known.has(name))
    .map((name) => `${name} is not a setting and is ignored; did you mean ${closest(name, [...known])}?`);
}
