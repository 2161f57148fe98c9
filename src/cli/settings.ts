/** Every setting of the configuration as a flag, and the configuration that a command line makes. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { loadConfig } from '../config/config.ts';
import type { LoadedConfig } from '../config/config.ts';
import { SETTINGS } from '../config/setting.ts';

const SHOWN = ['mode', 'partitions', 'publicUrl', 'nats.', 'ingress.', 'admin.', 'endFunctions', 'log.'];

const HINT = `
Every setting has a flag, a variable and a key of the file: \`onhook config print\` lists them with their
values and reasons. Timers are flags too (--timers-drain-ms 8000). Secrets have none: use a variable or *_FILE.`;

/** Adds the flags that it has not yet; those that are seldom a flag work and are not listed. */
export function addSettingFlags(command: Command, listed: readonly string[] = SHOWN): void {
  const taken = new Set(command.options.map((option) => option.long));
  if (taken.has('--mode')) return;
  for (const { path, flag, kind, choices, description } of SETTINGS) {
    if (flag === undefined || taken.has(flag)) continue;
    const value = kind === 'boolean' ? '[true|false]' : `<${choices === undefined ? kind : 'word'}>`;
    const option = new Option(`${flag} ${value}`, description).helpGroup('Settings:');
    option.hideHelp(!listed.some((start) => path.startsWith(start)));
    // For help and completion: the configuration judges the value, wherever it comes from.
    if (choices !== undefined) option.argChoices = [...choices];
    command.addOption(option);
  }
  command.addHelpText('after', HINT);
}

/** Settings that the command line named: path → text. */
export function flagsOf(command: Command): Record<string, string> {
  const given: Record<string, unknown> = command.optsWithGlobals();
  const flags: Record<string, string> = {};
  for (const { path, flag } of SETTINGS) {
    if (flag === undefined) continue;
    const value = given[new Option(flag).attributeName()];
    // A switch without a value is on.
    if (typeof value === 'string' || value === true) flags[path] = String(value);
  }
  return flags;
}

/** Reads the configuration for a command. Throws `ConfigError` (exit 78). */
export function readSettings(command: Command, env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const { config: file } = command.optsWithGlobals<{ config?: string }>();
  return loadConfig({ flags: flagsOf(command), env, ...(file === undefined ? {} : { file }) });
}

/** As {@link readSettings}; warnings go to stderr. */
export function loadSettings(command: Command, env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const loaded = readSettings(command, env);
  for (const warning of loaded.warnings) process.stderr.write(`onhook: warning: ${warning}\n`);
  return loaded;
}
