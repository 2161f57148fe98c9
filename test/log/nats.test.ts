/** The suite over a real server: the one that Debian ships, and a current one when it is there. */
import { logConformance } from './conformance.ts';
import { natsUnderTest } from './nats-under-test.ts';

logConformance('NATS', () => natsUnderTest({ partitions: 1 }));
logConformance('NATS with 4 partitions mapped by the account', () => natsUnderTest({ partitions: 4 }));

/** Path of a second, newer server. Not every machine has one, so it is asked for by name. */
const binary = process.env['ONHOOK_NATS_SERVER_CURRENT'];
if (binary === undefined || binary === '') {
  process.stderr.write(
    'ONHOOK_NATS_SERVER_CURRENT is not set: the log suite runs on one NATS version only\n',
  );
} else {
  logConformance('a current NATS', () => natsUnderTest({ partitions: 1, binary }));
  logConformance('a current NATS with 4 partitions mapped by the stream', () =>
    natsUnderTest({ partitions: 4, mapped: false, binary }),
  );
  logConformance('a current NATS with 4 partitions mapped by the account', () =>
    natsUnderTest({ partitions: 4, binary }),
  );
}
