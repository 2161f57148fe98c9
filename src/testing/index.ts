/** `onhook/testing`: doubles of carriers, a real NATS server, a log in memory and a clock moved by hand. */
export type { Clock, TimerHandle } from '../clock/clock.ts';
export { ManualClock } from '../clock/manual-clock.ts';
export { MemoryLog, memoryLog, MemoryServer } from '../log/memory/index.ts';
export type { Fate, MemoryServerOptions, MemoryStep } from '../log/memory/index.ts';
export { findNatsServer, NatsServerNotFound } from './nats-binary.ts';
export { NatsServerFailed, startNatsServer } from './nats-server.ts';
export type { NatsServerOptions, RunningNatsServer } from './nats-server.ts';
export { startMediaCarrier } from './stub-carrier/media-carrier.ts';
export type { DialOptions, MediaCarrier, MediaCarrierOptions } from './stub-carrier/media-carrier.ts';
export { startStubCrm } from './stub-crm.ts';
export type { StubCrm, StubCrmDelivery } from './stub-crm.ts';
export { startStubLiveKit, STUB_LIVEKIT_CREDENTIALS } from './stub-livekit/stub-livekit.ts';
export type { StubLiveKit, StubLiveKitOptions } from './stub-livekit/stub-livekit.ts';
export type { StubFault } from './stub-server/stub-server.ts';
export { STUB_TWILIO_ACCOUNT } from './stub-twilio/account.ts';
export type { StubTwilioAccount } from './stub-twilio/account.ts';
export { startStubTwilio } from './stub-twilio/stub-twilio.ts';
export type { StubTwilio, StubTwilioOptions } from './stub-twilio/stub-twilio.ts';
