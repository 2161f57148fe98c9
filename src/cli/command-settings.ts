/** Which commands take settings as flags. The flags are added when such a command runs: they need the schema. */
import type { Command } from 'commander';

/** Command → beginnings of the paths that its help lists; the other settings are flags too. */
const takers = new WeakMap<Command, readonly string[] | undefined>();
const askers = new WeakSet<Command>();

/** What a command needs that only reads NATS. */
export const OF_NATS = ['nats.url', 'nats.prefix', 'nats.user', 'nats.credentialsFile', 'nats.caFile'];

/** The command accepts every setting of the configuration as a flag; its help lists the usual, or these. */
export function takesSettings(command: Command, listed?: readonly string[]): Command {
  takers.set(command, listed);
  return command;
}

/** Makes the children of this command get their flags. To be called once per parent. */
export function prepareSettings(parent: Command): Command {
  return parent.hook('preSubcommand', (_parent, command) => settingsOf(command));
}

/** Gives a command its flags, when it takes settings. Adds none twice. */
export async function settingsOf(command: Command): Promise<void> {
  if (!takers.has(command)) return;
  const { addSettingFlags } = await import('./settings.ts');
  addSettingFlags(command, takers.get(command));
}

/** Gives every command below this one its flags at once, for those who list them. To be called once. */
export async function addAllSettings(parent: Command): Promise<void> {
  for (const command of parent.commands) {
    await settingsOf(command);
    await addAllSettings(command);
  }
}

/** The command asks a running node. */
export function takesNode(command: Command): Command {
  askers.add(command);
  return command;
}

/** Whether it does. */
export function asksNode(command: Command): boolean {
  return askers.has(command);
}
