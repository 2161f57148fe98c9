/** Options and argument parsers that several commands share. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { takesNode } from '../command-settings.ts';

/** For commands that ask a running node. */
export function takesAdmin(command: Command): Command {
  return takesNode(command).option(
    '--admin-url <url>',
    'admin API of the node (default: host and port of the configuration)',
  );
}

/** A slip of the finger away: half of the word may be wrong. */
export function nearest(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const found = closest(word, known);
  return distance(word, found) <= Math.ceil(found.length / 2) ? `. Did you mean ${found}?` : '';
}

/** An option that takes one of these words. */
export function choice(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices(words).argParser(oneOf(words));
}

/** Parses one of these words, and names the nearest. */
export function oneOf(words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`Allowed choices are ${words.join(', ')}${nearest(text, words)}`);
  };
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

/** A whole number from `least` on, up to `most` where there is one. */
export function wholeNumber(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      const range = most === Infinity ? `from ${least} on` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It is not a whole number ${range}.`);
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
export function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}
