/** Where the node is that a command talks to: `--admin-url`, else what the configuration says. */
import type { Command } from 'commander';
import { UsageError } from '../exit.ts';
import { loadSettings } from '../settings.ts';
import { createAdminClient } from './client.ts';
import type { AdminClient } from './client.ts';

/** Throws `UsageError` and `ConfigError`; makes no request. */
export function adminOf(command: Command): AdminClient {
  const { config } = loadSettings(command);
  const { host, port, token } = config.admin;
  const { adminUrl } = command.optsWithGlobals<{ adminUrl?: string }>();
  if (adminUrl !== undefined && !/^https?:/.test(URL.canParse(adminUrl) ? new URL(adminUrl).protocol : '')) {
    throw new UsageError(`--admin-url ${adminUrl} is not a URL; write it as http://127.0.0.1:7701`);
  }
  // What a server listens on is not always what a client can dial.
  const dialled = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = adminUrl ?? `http://${dialled.includes(':') ? `[${dialled}]` : dialled}:${port}`;
  return createAdminClient({ url, token: token?.reveal() });
}
