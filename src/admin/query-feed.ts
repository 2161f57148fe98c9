/** The live feed of every node, heard over NATS. */
import type { NatsConnection } from '@nats-io/nats-core';
import type { JsonObject } from '../contract/json.ts';
import type { ViewEvent } from '../supervisor/view.ts';
import type { Feed } from './feed-source.ts';

/** `….out.<callId>.<type>`, as every node announces it. */
export function natsFeed(connection: NatsConnection, prefix: string): Feed {
  const root = `${prefix}.out.`;
  return async (listener) => {
    const subscription = connection.subscribe(`${root}>`, {
      callback: (error, message) => {
        const event = error === null ? eventOf(message.subject.slice(root.length), message.data) : undefined;
        if (event !== undefined) listener(event);
      },
    });
    await connection.flush().catch(() => undefined);
    return () => subscription.unsubscribe();
  };
}

/** Undefined for what is no fact of ours: anybody on the server may publish there. */
function eventOf(rest: string, bytes: Uint8Array): ViewEvent | undefined {
  const dot = rest.indexOf('.');
  try {
    const { at, seq, ...data } = JSON.parse(new TextDecoder().decode(bytes)) as JsonObject;
    if (typeof at !== 'number' || typeof seq !== 'number' || dot < 0) return undefined;
    return { at, seq, callId: rest.slice(0, dot), type: rest.slice(dot + 1), data };
  } catch {
    return undefined;
  }
}
