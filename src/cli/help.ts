/** How help looks, what stands below each command's help, and `onhook help …` itself. */
import { Help } from 'commander';
import type { Command, Option } from 'commander';
import { nearest } from './commands/options.ts';
import { asksNode, settingsOf } from './command-settings.ts';
import { UsageError } from './exit.ts';
import { paint } from './terminal.ts';

const EXIT_CODES = `
Exit codes: 0 ok, 1 failed, 2 wrong usage, 69 NATS or node unavailable, 78 bad configuration; 128 and the
signal's number when Ctrl-C (130) ended what was not done.`;

const NODE_VARIABLES = `
Environment:
  ONHOOK_ADMIN_HOST, ONHOOK_ADMIN_PORT   where the node is, in place of --admin-url (127.0.0.1, 7701)
  ONHOOK_ADMIN_TOKEN                     its token, when it wants one; or ONHOOK_ADMIN_TOKEN_FILE, a path`;

const OUTPUT_VARIABLES = `
NO_COLOR=1 and FORCE_COLOR=1 decide about colours; without them a terminal has some, and a pipe has none.`;

/** To be called before commands are added: they inherit it. */
export function configureTeaching(program: Command): void {
  program
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => paint('bold', title), groupItems })
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('afterAll', ({ command }) => belowHelpOf(command));
}

function belowHelpOf(command: Command): string {
  const node = asksNode(command) ? NODE_VARIABLES : '';
  const whole = command.parent === null ? OUTPUT_VARIABLES : '';
  return [node, EXIT_CODES, whole].filter((part) => part !== '').join('\n');
}

/** As commander groups them, with the settings last: they are many, and the same everywhere. */
function groupItems<T extends Command | Option>(
  this: Help,
  unsorted: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = Help.prototype.groupItems.call(this, unsorted, visible, groupOf as never) as Map<
    string,
    T[]
  >;
  const settings = groups.get('Settings:');
  if (settings !== undefined && groups.delete('Settings:')) groups.set('Settings:', settings);
  return groups;
}

/** `onhook help calls ls`: commander's own knows one word only, and shows everything for a wrong one. */
export function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command('help [command...]')
    .description('help of a command')
    .helpGroup('Set up:')
    .addHelpText('after', '\nExample:\n  $ onhook help calls ls')
    .action(async (words: readonly string[]) => {
      const found = words.reduce(below, program);
      await settingsOf(found);
      found.outputHelp();
    });
}

/** Throws `UsageError`. */
function below(command: Command, word: string): Command {
  const found = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
  if (found !== undefined) return found;
  const names = command.commands.map((one) => one.name());
  throw new UsageError(`unknown command '${word}'${nearest(word, names)}; onhook --help shows what there is`);
}
