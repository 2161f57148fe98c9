/** Which commands take settings as flags. The flags are added when such a command runs: they need the schema. */
import type { Command } from 'commander';

const takers = new WeakSet<Command>();

/** The command accepts every setting of the configuration as a flag. */
export function takesSettings(command: Command): Command {
  takers.add(command);
  return command;
}

/** Makes the children of this command get their flags. To be called once per parent. */
export function prepareSettings(parent: Command): Command {
  return parent.hook('preSubcommand', async (_parent, command) => {
    if (!takers.has(command)) return;
    const { addSettingFlags } = await import('./settings.ts');
    addSettingFlags(command);
  });
}

/** Gives every command below this one its flags at once, for those who list them. To be called once. */
export async function addAllSettings(parent: Command): Promise<void> {
  const { addSettingFlags } = await import('./settings.ts');
  for (const command of parent.commands) {
    if (takers.has(command)) addSettingFlags(command);
    await addAllSettings(command);
  }
}
