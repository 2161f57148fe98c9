import { describe } from 'vitest';
import { logConformance } from './conformance.ts';
import { natsUnderTest } from './nats-under-test.ts';

logConformance('NATS', () => natsUnderTest({ partitions: 1 }));
logConformance('NATS with 4 partitions mapped by the account', () => natsUnderTest({ partitions: 4 }));

// A second, newer server is optional: its path stands in ONHOOK_NATS_SERVER_CURRENT.
const current = process.env['ONHOOK_NATS_SERVER_CURRENT'];
describe.runIf(current !== undefined)('a current NATS (ONHOOK_NATS_SERVER_CURRENT)', () => {
  const binary = current ?? '';
  logConformance('a current NATS', () => natsUnderTest({ partitions: 1, binary }));
  logConformance('a current NATS with 4 partitions mapped by the stream', () =>
    natsUnderTest({ partitions: 4, mapped: false, binary }),
  );
  logConformance('a current NATS with 4 partitions mapped by the account', () =>
    natsUnderTest({ partitions: 4, binary }),
  );
});
