/**
 * Publishes that a stream acknowledges: what the JetStream client's `publish` does, with the reply
 * inbox in place of its requests. Throws what the client throws; `asking` translates it.
 */
import type { ApiError, PubAck } from '@nats-io/jetstream';
import { JetStreamApiError, JetStreamError, PubHeaders } from '@nats-io/jetstream';
import { errors, MsgHdrsImpl } from '@nats-io/transport-node';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import type { Reply, ReplyInbox } from '../../nats/reply-inbox.ts';
import type { AppendOptions, Appended, OutgoingMessage } from '../log.ts';

export class AckedPublisher {
  private readonly inbox: ReplyInbox;
  private readonly defaultTimeoutMs: number;

  constructor(inbox: ReplyInbox, defaultTimeoutMs: number) {
    this.inbox = inbox;
    this.defaultTimeoutMs = defaultTimeoutMs;
  }

  /**
   * Throws `JetStreamApiError` when the stream refuses it; anything else means that it may have been
   * stored. Subject and headers of the message are not checked here.
   */
  async publish({ subject, data, headers }: OutgoingMessage, options: AppendOptions): Promise<Appended> {
    // As the client has it: no time at all is the default's.
    const timeoutMs = options.timeoutMs || this.defaultTimeoutMs;
    if (timeoutMs < 1) throw errors.InvalidArgumentError.format('timeout', 'must be greater than 0');
    const request = { subject, data, headers: toldHeaders(headers, options), timeoutMs };
    const reply = await this.inbox.request(request);
    return readAck(answered(reply, subject));
  }

  /** The server does not permit it: ends one publish to that subject, since it does not say which. */
  refused(subject: string, error: Error): void {
    this.inbox.refused(subject, error);
  }
}

/** Names and values were checked by `requireSendable` already, so without the client's slower check. */
export function natsHeaders(headers: Readonly<Record<string, string>>): MsgHdrs {
  return MsgHdrsImpl.fromRecord(listsOf(headers));
}

function listsOf(headers: Readonly<Record<string, string>> = {}): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const name in headers) lists[name] = [headers[name] ?? ''];
  return lists;
}

function toldHeaders(
  headers: Readonly<Record<string, string>> | undefined,
  { expectLastSubjectSeq, messageId }: AppendOptions,
): MsgHdrs | undefined {
  const named = messageId !== undefined && messageId !== '';
  if (headers === undefined && expectLastSubjectSeq === undefined && !named) return undefined;
  const lists = listsOf(headers);
  if (expectLastSubjectSeq !== undefined) {
    lists[PubHeaders.ExpectedLastSubjectSequenceHdr] = [String(expectLastSubjectSeq)];
  }
  const told = MsgHdrsImpl.fromRecord(lists);
  // Checked by the client: it comes from outside.
  if (named) told.set(PubHeaders.MsgIdHdr, messageId);
  return told;
}

function answered(reply: Reply, subject: string): Msg {
  if (reply instanceof Error) throw reply;
  if (reply === 'no-responder') throw new errors.NoRespondersError(subject);
  if (reply === 'unanswered') throw new errors.TimeoutError();
  return reply;
}

function readAck(reply: Msg): Appended {
  const ack = reply.json<Partial<PubAck> & { readonly error?: ApiError }>();
  if (ack.error !== undefined) throw new JetStreamApiError(ack.error);
  if (ack.seq === undefined) throw new JetStreamError('invalid ack response');
  return { seq: ack.seq, duplicate: ack.duplicate ?? false };
}
