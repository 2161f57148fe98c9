/** The NATS adapter of the port `Log`. */
export { connectLog } from './connect.ts';
export { NatsLog } from './log.ts';
export { INBOX_PREFIX } from './options.ts';
export type { ConnectionEvent, NatsLogOptions, Retention } from './options.ts';
export { natsServerConfig } from './server-config.ts';
export type { ServerConfigOptions } from './server-config.ts';
