/** The orchestrator's log on a screen that also holds a table: a short line for each. */
import { Writable } from 'node:stream';
import { plain } from '../output.ts';
import type { Screen } from './screen.ts';

/** Takes JSON lines. What is no JSON is shown as it is. */
export function logLines(screen: Pick<Screen, 'say'>): NodeJS.WritableStream {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      for (const line of String(chunk).split('\n')) if (line !== '') screen.say(plain(short(line)));
      done();
    },
  });
}

function short(line: string): string {
  try {
    const { level, msg, time: _time, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const facts = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return [`  ${String(level)}: ${String(msg)}`, ...facts].join(' ');
  } catch {
    return line;
  }
}
