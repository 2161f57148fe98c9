/**
 * Makes the secret files that docker-compose.yml mounts, once: what exists is kept. Random where the
 * secret is ours, empty (= not configured) where a provider gives it.
 *
 * Usage: node scripts/make-secrets.mjs [folder]
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = process.argv[2] ?? join(root, 'deploy/secrets');
// Others on this machine may not enter; the container's user, who has another id, may read the files.
mkdirSync(folder, { recursive: true, mode: 0o700 });

function make(name, text) {
  const path = join(folder, name);
  if (!existsSync(path)) {
    writeFileSync(path, text, { mode: 0o644 });
    console.error(`made ${path}`);
  }
  return readFileSync(path, 'utf8');
}

// A letter first: nats-server reads a value of digits as a number.
const random = () => `s${randomBytes(24).toString('hex')}`;

const onhook = make('onhook_nats_password', random());
const gateway = make('gateway_nats_password', random());
make('nats.env', `ONHOOK_NATS_PASSWORD=${onhook}\nGATEWAY_NATS_PASSWORD=${gateway}\n`);
make('admin_token', random());
make('twilio_auth_token', '');
make('livekit_api_secret', '');
