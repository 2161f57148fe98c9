/** What happens to the connection to NATS, in the node's own log. */
import type { ConnectionEvent } from '../../log/nats/index.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** The subject is left out: of a refused publish it holds a call id. */
export function reportRefusal(logger: Logger, operation: string): void {
  logger.error('NATS refuses us a subject; check the permissions of this user', { type: operation });
}

/** For one connection. */
export function connectionReporter(logger: Logger): (event: ConnectionEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'disconnected':
        return logger.warn('NATS is gone; decisions wait until it is back', { server: event.server });
      case 'reconnected':
        return logger.info('NATS is back', { server: event.server });
      case 'permission-denied':
        return reportRefusal(logger, event.operation);
      case 'error':
        return logger.error('NATS reports an error', { pii: { message: event.message } });
    }
  };
}
