/** Where the nats-server binary is. Used by tests, by `onhook dev` and by scripts. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where distributions put it when the PATH of a service or a test runner does not name it. */
const USUAL_FOLDERS = ['/usr/sbin', '/usr/local/bin', '/usr/lib'];

/** No nats-server was found. */
export class NatsServerNotFound extends Error {
  readonly code = 'nats_server_not_found';
  constructor() {
    super(
      'no nats-server binary found; install it (Debian: apt install nats-server) ' +
        'or set ONHOOK_NATS_SERVER to its path',
    );
    this.name = 'NatsServerNotFound';
  }
}

/**
 * Path of the binary: `ONHOOK_NATS_SERVER` when set (and then nothing else), else the first on PATH,
 * else one of the usual folders. Undefined when there is none.
 */
export function findNatsServer(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const told = env['ONHOOK_NATS_SERVER'];
  if (told !== undefined && told !== '') return isExecutable(told) ? told : undefined;
  const folders = [
    ...(env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...USUAL_FOLDERS,
  ];
  return folders.map((folder) => join(folder, 'nats-server')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
