/** The NATS adapter of the port `Log`. */
export { connectLog } from './connect.ts';
export { NatsLog } from './log.ts';
export type { ConnectionEvent, NatsLogOptions, Retention, TlsFiles } from './options.ts';
export { natsServerConfig } from './server-config.ts';
export type { GatewayUser, ServerConfigOptions, ServerUser } from './server-config.ts';
