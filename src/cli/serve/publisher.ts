/** The shipped function `publish` over this node's own NATS connection. */
import { jetstream, JetStreamApiError } from '@nats-io/jetstream';
import { headers, RequestError, TimeoutError } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Outcome } from '../../contract/outcome.ts';
import type { Publisher } from '../../end-functions/shipped/publish.ts';

/** Never rejects; may be used for as long as the connection lives. */
export function createPublisher(connection: NatsConnection): Publisher {
  const stream = jetstream(connection);
  return {
    async publish({ subject, body, messageId }, { acknowledged, timeoutMs }) {
      if (connection.isClosed()) return { result: 'retry', code: 'publish_disconnected' };
      try {
        if (acknowledged) {
          const ack = await stream.publish(subject, body, { msgID: messageId, timeout: timeoutMs });
          const { stream: name, seq, duplicate } = ack;
          return { result: 'done', data: { output: { stream: name, seq, duplicate } } };
        }
        const told = headers();
        told.set('Nats-Msg-Id', messageId);
        connection.publish(subject, body, { headers: told });
        await connection.flush();
        return { result: 'done' };
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

function outcomeOf(error: unknown): Outcome {
  const cause = (error as { readonly cause?: unknown } | null)?.cause;
  if (cause instanceof RequestError && cause.isNoResponders()) {
    return { result: 'retry', code: 'publish_unstored', detail: 'no stream takes this subject' };
  }
  if (error instanceof JetStreamApiError) {
    return { result: 'retry', code: 'publish_unstored', detail: `the stream refuses it (${error.code})` };
  }
  const unanswered = error instanceof TimeoutError;
  return unanswered
    ? { result: 'retry', code: 'publish_unanswered', detail: 'it may have been stored' }
    : { result: 'retry', code: 'publish_disconnected' };
}
