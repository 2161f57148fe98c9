/** `onhook pause | resume`: appended to every partition of the log, so that every node obeys. */
import type { Command } from 'commander';
import { adminOf } from './address.ts';
import { outputOf } from './calls.ts';

const SAID = {
  pause: 'paused: what would be done is only noted until `onhook resume`',
  resume: 'resumed: what is still wanted is done now',
};

/** May run twice. Throws what the admin client throws. */
export async function set(command: Command, wanted: 'pause' | 'resume'): Promise<void> {
  const answer = await adminOf(command).post(`/api/${wanted}`);
  outputOf(command).data(answer, () => SAID[wanted]);
}
