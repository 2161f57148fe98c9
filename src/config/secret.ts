/**
 * A value that never prints. Whatever writes it down by accident (a template, JSON, an inspector, a
 * logger) gets a placeholder; only `reveal()` gives the text, and reads as what it does.
 */
import { inspect } from 'node:util';

const PLACEHOLDER = '[secret]';

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself, for the request or comparison that needs it. Never log the result. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }

  [inspect.custom](): string {
    return PLACEHOLDER;
  }
}
