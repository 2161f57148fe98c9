/** Options and argument parsers that several commands share. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';

/** For commands that ask a running node. */
export function takesAdmin(command: Command): Command {
  return command.option(
    '--admin-url <url>',
    'admin API of the node (default: host and port of the configuration); token: ONHOOK_ADMIN_TOKEN',
  );
}

/** Where `createInspectorServer` of @statelyai/inspect listens. */
const INSPECTOR_URL = 'ws://localhost:8080';

/** For commands that run a node: off unless asked for. */
export function inspectOption(): Option {
  return new Option('--inspect [url]', 'show live calls, without personal data, in a Stately inspector')
    .preset(INSPECTOR_URL)
    .argParser(webSocketUrl);
}

function webSocketUrl(text: string): string {
  if (!URL.canParse(text) || !/^wss?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError(`It is not a WebSocket address such as ${INSPECTOR_URL}.`);
  }
  return text;
}

/** A whole number from `least` on. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`It is not a whole number from ${least} on.`);
    }
    return value;
  };
}

/** A number above zero. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It is not a number above 0.');
  return value;
}

/** Collects a repeated option. */
export function collect(text: string, previous: readonly string[]): string[] {
  return [...previous, text];
}
