/** What a thread imports to open its own connection. */
import { connectLog } from '../../src/log/nats/index.ts';
import type { OpenLog } from '../../src/supervisor/renewal-protocol.ts';
import { natsOptions } from '../log/nats-under-test.ts';

export const openLog: OpenLog = (options, onRefused) =>
  connectLog(
    natsOptions(String(options), {
      onEvent: (event) => {
        if (event.type === 'permission-denied') onRefused?.(event.operation);
      },
    }),
  );
