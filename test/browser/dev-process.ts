/** `onhook dev` as it is published, as a child process: for the tests of its page, and for screenshots. */
import { once } from 'node:events';
import { startCommand } from '../command.ts';

/** It ended before it said where its dashboard is. */
class DevFailed extends Error {
  readonly code = 'dev_failed';
  constructor(said: string) {
    super(`onhook dev did not start: ${said}`);
    this.name = 'DevFailed';
  }
}

export interface DevProcess {
  /** Of the dashboard, without a slash at its end. */
  readonly url: string;
  /** Ends it and everything that it started. */
  stop(): Promise<void>;
}

/** Resolves once the dashboard can be asked; the six calls begin then. Rejects with {@link DevFailed}. */
export async function startDev(env: Readonly<Record<string, string>> = {}): Promise<DevProcess> {
  const child = startCommand(['dev', '--admin-port', '0', '--ingress-port', '0'], {
    ONHOOK_NATS_SERVER: process.env['ONHOOK_NATS_SERVER'],
    ...env,
  });
  const ended = once(child, 'close');
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      const found = /Dashboard: (http:\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => reject(new DevFailed(said)));
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}
