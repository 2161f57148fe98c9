/**
 * The query subjects `onhook.v1.query.<name>`, as a NATS service: every node answers for its
 * partitions, whoever asks gathers. And the asking side, for this node's own API.
 */
import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { createInbox } from '@nats-io/nats-core';
import type { ServiceMsg } from '@nats-io/services';
import { Svcm } from '@nats-io/services';
import { z } from 'zod';
import type { Clock } from '../clock/clock.ts';
import { isCallId, partitionOf } from '../contract/subjects.ts';
import type { Log } from '../log/log.ts';
import type { NodeView } from '../supervisor/view.ts';
import type { Answer, Peers, QueryName } from './answers.ts';
import { identity, listCalls, reportOf } from './answers.ts';
import { toProblem } from './problem.ts';
import { callsRequest } from './request.ts';
import { deadLetters } from './stored.ts';

/** What answers are made of. */
export interface QueryOptions {
  readonly connection: NatsConnection;
  readonly view: NodeView;
  readonly log: Log;
  readonly clock: Clock;
  /** Semantic version of onhook. */
  readonly version: string;
}

/** An answer travels in one NATS message. */
const DEAD_LETTERS_MAX = 100;

const callRequest = z.object({ callId: z.string() });

type Answers = Readonly<Record<QueryName, (request: unknown) => unknown>>;

/** Starts answering. Resolves once the server knows it; the result stops it, once what was asked is answered. */
export async function serveQueries(options: QueryOptions): Promise<() => Promise<void>> {
  const { connection, version, log } = options;
  // Without a queue group every node hears every question.
  const service = await new Svcm(asServices(connection)).add({ name: 'onhook', version, queue: '' });
  const group = service.addGroup(`${log.prefix}.query`);
  for (const [name, answer] of Object.entries(answersOf(options))) {
    group.addEndpoint(name, (error, message) => {
      if (error === null) void respond(message, options.view, answer);
    });
  }
  await connection.flush();
  return async () => void (await service.stop());
}

/** The package brings an older copy of the client's types; at run time it calls the connection it is given. */
function asServices(connection: NatsConnection): ConstructorParameters<typeof Svcm>[0] {
  return connection as unknown as ConstructorParameters<typeof Svcm>[0];
}

function answersOf({ view, log, version, clock }: QueryOptions): Answers {
  return {
    calls: (request) => listCalls(view, callsRequest.parse(request)),
    call: (request) => view.call(callRequest.parse(request).callId) ?? null,
    'dead-letters': async () => {
      const mine = new Set(identity(view.stats()).partitions);
      const letters = await deadLetters(log, DEAD_LETTERS_MAX);
      // One that names no call is told by the owner of partition 0.
      return letters.filter(({ callId = '' }) =>
        mine.has(isCallId(callId) ? partitionOf(callId, log.partitions) : 0),
      );
    },
    stats: () => reportOf(view, version, clock.now()),
  };
}

async function respond(
  message: ServiceMsg,
  view: NodeView,
  answer: (request: unknown) => unknown,
): Promise<void> {
  try {
    const request: unknown = message.data.length === 0 ? {} : message.json();
    const answered: Answer<unknown> = { ...identity(view.stats()), data: await answer(request) };
    message.respond(JSON.stringify(answered));
  } catch (error) {
    const misunderstood = error instanceof SyntaxError || error instanceof z.ZodError;
    const code = misunderstood ? 'bad_request' : toProblem(error).code;
    message.respondError(misunderstood ? 400 : 503, code);
  }
}

const answer = z.object({ nodeId: z.string(), partitions: z.array(z.number()), data: z.unknown() });

/** A node on the same network answers within milliseconds; one that stalls is named as silent. */
const ANSWER_MS = 1_000;

/**
 * The other nodes, over the query subjects. This node answers too: who asks knows its own name.
 * `inboxPrefix` is the one that the user of this connection may subscribe to.
 */
export function natsPeers(
  connection: NatsConnection,
  prefix: string,
  clock: Clock,
  inboxPrefix: string,
): Peers {
  return {
    async ask(query, request, enough) {
      if (connection.isClosed()) return [];
      const inbox = createInbox(inboxPrefix);
      const subscription = connection.subscribe(inbox);
      const timer = clock.after(ANSWER_MS, () => subscription.unsubscribe());
      try {
        connection.publish(`${prefix}.query.${query}`, JSON.stringify(request), { reply: inbox });
        return await collect(subscription, enough);
      } finally {
        timer.cancel();
        subscription.unsubscribe();
      }
    },
  };
}

async function collect(
  subscription: Subscription,
  enough: (answers: readonly Answer<unknown>[]) => boolean,
): Promise<Answer<unknown>[]> {
  const answers: Answer<unknown>[] = [];
  for await (const message of subscription) {
    // No responders, or an error of one node: nothing is said for its partitions.
    if (message.headers?.code === 503) break;
    if (message.headers?.has('Nats-Service-Error')) continue;
    const heard = answer.safeParse(parsedJson(message.data));
    if (heard.success) answers.push(heard.data);
    if (enough(answers)) break;
  }
  return answers;
}

function parsedJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
}
