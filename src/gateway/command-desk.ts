/**
 * Answers the commands of one call: each effect acts once, an overtaken one does not act, and every
 * command gets an answer. What a command does is the handler's business.
 */
import type { JsonObject } from '../contract/json.ts';
import { CommandRefused } from './errors.ts';

/** Every command carries these; `era` and `seq` order it against others of the same call. */
export type CommandBody = JsonObject & { effectId?: string; era?: number; seq?: number };

/** The verbs of the contract and what each brings. */
export type Commands = {
  /** Send this mark to the carrier after the last frame of every utterance already accepted; no audio after it. */
  mark: CommandBody & { name: string };
  /** Drop buffered audio. */
  clear: CommandBody;
  say: CommandBody & { text: string; utteranceId: string };
  /** Ask the model for a goodbye. */
  farewell: CommandBody & { attempt: number; utteranceId: string; instructions?: string };
  /** End the session, the socket, the job. */
  close: CommandBody & { reason?: string };
  /** `sip`: end this line, which is the gateway's own. Return `{ended: true}` when it is down already. */
  hangup: CommandBody & { leg: string; legId?: string; unanswered?: boolean };
  'end-accepted': CommandBody & { attempt: number; already?: boolean; endInstructions?: string };
  'end-refused': CommandBody & { code: string; reason?: string };
  /** Tell the model that the call goes on. */
  'end-cancelled': CommandBody & { attempt: number; toolCallId?: string };
  'call-refused': CommandBody & { code: string };
};

export type Verb = keyof Commands;

/**
 * What to do for each verb. Return fields to add to the answer, or nothing. Throw
 * {@link CommandRefused} to answer with a code. A handler runs once per effect id, also when the
 * command is repeated while it still runs; after a throw a repeat runs it again.
 */
export type CommandHandlers = {
  readonly [V in Verb]?: (command: Commands[V]) => JsonObject | void | Promise<JsonObject | void>;
};

export type Answer =
  | { readonly ok: true; readonly fields?: JsonObject }
  | { readonly ok: false; readonly code: number; readonly error: string };

/** Verbs that replace each other; the newest decision wins (log rule 33). */
const PLAYBACK: ReadonlySet<string> = new Set(['mark', 'clear', 'say', 'farewell']);

/** Verbs that only inform: answered ok when nobody listens. */
const NOTICES: ReadonlySet<string> = new Set([
  'end-accepted',
  'end-refused',
  'end-cancelled',
  'call-refused',
]);

const VERBS: ReadonlySet<string> = new Set<string>([...PLAYBACK, ...NOTICES, 'close', 'hangup']);

/** As many as the reader remembers of a call's events; a call sees a handful of commands. */
const EFFECTS_MAX = 256;

export class CommandDesk {
  private newest = { era: -1, seq: -1 };
  private readonly effects = new Map<string, Promise<Answer>>();
  private readonly handlers: CommandHandlers;
  private readonly onFailure: (verb: string, cause: unknown) => void;

  constructor(handlers: CommandHandlers, onFailure: (verb: string, cause: unknown) => void) {
    this.handlers = handlers;
    this.onFailure = onFailure;
  }

  /** Never rejects. `body` undefined = it was not a JSON object. */
  async handle(verb: string, body: CommandBody | undefined): Promise<Answer> {
    if (verb === 'ping') return { ok: true };
    if (!VERBS.has(verb)) return { ok: false, code: 404, error: 'unknown_command' };
    if (body === undefined) return { ok: false, code: 400, error: 'malformed_command' };
    const { effectId } = body;
    if (typeof effectId !== 'string') return this.act(verb as Verb, body);
    const running = this.effects.get(effectId);
    if (running !== undefined && (await running).ok) {
      return { ok: true, fields: { acted: false, why: 'duplicate' } };
    }
    const acting = this.effects.get(effectId) ?? this.act(verb as Verb, body);
    this.remember(effectId, acting);
    const answer = await acting;
    if (!answer.ok) this.effects.delete(effectId);
    return answer;
  }

  private async act(verb: Verb, body: CommandBody): Promise<Answer> {
    if (this.isSuperseded(verb, body)) return { ok: true, fields: { acted: false, why: 'superseded' } };
    const handler = this.handlers[verb] as
      ((command: CommandBody) => ReturnType<NonNullable<CommandHandlers[Verb]>>) | undefined;
    if (handler === undefined) {
      return NOTICES.has(verb) ? { ok: true } : { ok: false, code: 501, error: 'unsupported_command' };
    }
    try {
      const fields = await handler(body);
      return fields === undefined ? { ok: true } : { ok: true, fields };
    } catch (cause) {
      if (cause instanceof CommandRefused) return { ok: false, code: 409, error: cause.code };
      this.onFailure(verb, cause);
      return { ok: false, code: 500, error: 'command_failed' };
    }
  }

  private isSuperseded(verb: Verb, { era = 0, seq }: CommandBody): boolean {
    if (!PLAYBACK.has(verb) || typeof seq !== 'number' || typeof era !== 'number') return false;
    const { newest } = this;
    if (era < newest.era || (era === newest.era && seq < newest.seq)) return true;
    this.newest = { era, seq };
    return false;
  }

  private remember(effectId: string, acting: Promise<Answer>): void {
    this.effects.set(effectId, acting);
    const [oldest] = this.effects.keys();
    if (this.effects.size > EFFECTS_MAX && oldest !== undefined) this.effects.delete(oldest);
  }
}
