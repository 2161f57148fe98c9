/**
 * What a simulation runs against: a running onhook, named by its NATS, or one of our own with a NATS
 * server and a double of Twilio.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { connect } from '@nats-io/transport-node';
import { systemClock } from '../../clock/system-clock.ts';
import type { LoadedConfig } from '../../config/config.ts';
import { feedSubject } from '../../contract/subjects.ts';
import { dial } from '../../log/nats/connect.ts';
import { serverNames } from '../../log/nats/options.ts';
import { natsLogOptions } from '../nats/log-options.ts';
import type { Observation } from './load.ts';

export interface SimulationWorld {
  readonly connection: NatsConnection;
  readonly prefix: string;
  readonly seen: Observation;
  /** For people: what is measured. */
  readonly described: string;
  close(): Promise<void>;
}

/** Everything here, nothing left behind. */
export async function ownWorld(
  env: NodeJS.ProcessEnv,
  say: (text: string) => void,
): Promise<SimulationWorld> {
  const { startPlayground } = await import('../dev/playground.ts');
  const playground = await startPlayground({ env, say, ports: 'free', endFunctions: [] });
  const connection = await connect({ servers: playground.natsUrl });
  const { stubTwilio, prefix } = playground;
  return {
    connection,
    prefix,
    described: 'an onhook of its own, with doubles of Twilio and LiveKit',
    seen: {
      ...(await feedOf(connection, prefix)),
      prepare: (callSid) => void stubTwilio.addCall({ sid: callSid }),
      onHangup: (listener) =>
        stubTwilio.events.on('request', ({ callSid, method }) => {
          if (callSid !== undefined && method === 'POST') listener(callSid);
        }),
    },
    close: async () => {
      await connection.close();
      await playground.close();
    },
  };
}

/** A gateway's user may see its own commands only: then their `close` is the end that counts. */
export async function foreignWorld({ config }: LoadedConfig): Promise<SimulationWorld> {
  const options = natsLogOptions(config, systemClock);
  // Gateways may use the common inbox only.
  const connection = await dial(options, { inboxPrefix: '_INBOX', name: 'onhook simulate' });
  return {
    connection,
    prefix: config.nats.prefix,
    described: `onhook at ${serverNames(options.url)}`,
    seen: { ...(await feedOf(connection, config.nats.prefix)), onHangup: () => undefined },
    close: () => connection.close(),
  };
}

/** Whether the live feed may be read shows when the server has seen the wish. */
async function feedOf(
  connection: NatsConnection,
  prefix: string,
): Promise<Pick<Observation, 'seesFeed' | 'onClosed'>> {
  let listener: (callId: string) => void = () => undefined;
  let seesFeed = true;
  connection.subscribe(feedSubject(prefix, '*', 'call.closed'), {
    callback: (error, message) => {
      if (error !== null) seesFeed = false;
      else listener(message.subject.slice(prefix.length).split('.')[2] ?? '');
    },
  });
  await connection.flush();
  return { seesFeed, onClosed: (heard) => void (listener = heard) };
}
