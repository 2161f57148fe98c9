/** The shipped function `publish`: the record on a NATS subject, for whoever listens there. */
import type { JsonObject } from '../../contract/json.ts';
import { fillIn } from '../../contract/path.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { rootsOf } from '../input-roots.ts';
import { shippedManifest, type ShippedDefinition } from './shipped.ts';

export interface PublishOptions {
  /** May hold `{path}`; each value must be one token: no blanks, dots or wildcards. */
  readonly subject: string;
  /** Waits for a stream to store it (default), or is content with the server's having it. */
  readonly acknowledged?: boolean;
  /** One attempt, ms. Default 5 000. */
  readonly timeoutMs?: number;
}

/** How this node publishes; filled by who holds the connection. */
export interface Publisher {
  /**
   * Stores or sends one message. Outcomes: `done`, with `data.output` `{stream, seq}` when stored; `retry`
   * with `publish_unstored` (no stream takes the subject), `publish_unanswered`, `publish_disconnected`.
   */
  publish(
    message: { readonly subject: string; readonly body: string; readonly messageId: string },
    options: { readonly acknowledged: boolean; readonly timeoutMs: number },
  ): Promise<Outcome>;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const TOKEN = /^[^\s.*>]+$/;

/** The idempotency key is the `Nats-Msg-Id`: a stream drops the repeat of a lost answer. */
export function definePublish(options: PublishOptions, publisher: Publisher): ShippedDefinition {
  const { subject: template, acknowledged = true, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return {
    manifest: shippedManifest('publish', timeoutMs),
    prepare(input) {
      const roots = rootsOf(input);
      const parts = template.split(/(\{[^}]*\})/).map((part) => ({ part, filled: fillIn(part, roots) }));
      const bad = parts.filter(
        ({ part, filled }) => part.startsWith('{') && !('text' in filled && TOKEN.test(filled.text)),
      );
      if (bad.length > 0) {
        const places = bad.map(({ part }) => part).join(', ');
        const detail = `what ${places} of the call holds is no token of a subject`;
        return { result: 'fatal', code: 'publish_subject_invalid', detail };
      }
      const subject = parts.map(({ filled }) => ('text' in filled ? filled.text : '')).join('');
      const body: JsonObject = { type: 'onhook.call.ended.v1', data: input.call };
      const message = { subject, body: JSON.stringify(body), messageId: input.idempotencyKey };
      return {
        shows: { subject, body },
        send: () => publisher.publish(message, { acknowledged, timeoutMs }),
      };
    },
    close: () => Promise.resolve(),
  };
}
