/**
 * Writes a machine down as TypeScript for Stately's editor: the chart as it is, and every action, guard
 * and delay by name. What they do stays in onhook; timers stand with their defaults.
 */
import { TIMERS } from '../../contract/timers.ts';

/** The names that a machine was set up with. */
export interface Implemented {
  readonly actions: object;
  readonly guards: object;
  readonly delays: object;
}

/** A delay that is worked out from several timers, in ms: only to have a number in the editor. */
const COMPUTED_DELAY_MS = 1_000;

/** `config` is the chart as plain JSON; its id names the constant. The text imports nothing but `xstate`. Pure. */
export function machineTypeScript(config: unknown, { actions, guards, delays }: Implemented): string {
  const defaults = TIMERS as Readonly<Record<string, { readonly defaultValue: number } | undefined>>;
  const entries = (names: object, of: (name: string) => string): string =>
    Object.keys(names)
      .map((name) => `    ${JSON.stringify(name)}: ${of(name)},\n`)
      .join('');
  const delayOf = (name: string): string => String(defaults[`${name}Ms`]?.defaultValue ?? COMPUTED_DELAY_MS);
  return `// Made by \`onhook machine export --format ts\`.
import { setup } from 'xstate';

export const ${(config as { readonly id: string }).id}Machine = setup({
  actions: {
${entries(actions, () => '() => {}')}  },
  guards: {
${entries(guards, () => '() => false')}  },
  delays: {
${entries(delays, delayOf)}  },
}).createMachine(${JSON.stringify(config, null, 2)});
`;
}
