/** What both adapters check before a message leaves: nothing in it may reach beyond its own subject. */
import type { OutgoingMessage } from './log.ts';
import { requireExact } from './subject-shapes.ts';

const HEADER_NAME = /^[!-9;-~]+$/;
const LINE_BREAK = /[\r\n]/;

/** A header that would forge another one. */
export class BadHeader extends Error {
  readonly code = 'bad_header';
  constructor(name: string) {
    super(`header "${name.replace(/[^!-~]/g, '?')}" has a line break in its value or an impossible name`);
    this.name = 'BadHeader';
  }
}

/** Throws {@link BadHeader}, or `BadSubject` for wildcards and empty tokens. */
export function requireSendable(message: OutgoingMessage): void {
  requireExact(message.subject);
  if (message.headers === undefined) return;
  for (const name in message.headers) {
    if (!HEADER_NAME.test(name) || LINE_BREAK.test(message.headers[name] ?? '')) throw new BadHeader(name);
  }
}
