/**
 * Programs that are not npm packages: which, what for, and where they may be. A path in the
 * environment wins over PATH, PATH over the folders that Debian uses and PATH often lacks.
 */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const tools = [
  {
    name: 'nats-server',
    env: 'ONHOOK_NATS_SERVER',
    apt: 'nats-server',
    binaries: ['nats-server'],
    neededFor: ['start', 'test', 'livekit'],
    why: '`onhook dev` and the tests start their own NATS server',
  },
  {
    name: 'postgres',
    env: 'ONHOOK_POSTGRES',
    apt: 'postgresql',
    binaries: ['postgres'],
    neededFor: ['test'],
    // Without it the tests of rows in SQL are skipped, with a line that says so.
    optional: true,
    why: 'the end function that writes rows is tested on a real PostgreSQL',
  },
  {
    name: 'chromium',
    env: 'ONHOOK_CHROMIUM',
    apt: 'chromium',
    binaries: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    neededFor: ['test'],
    why: 'the dashboard is tested in a real browser',
  },
  {
    name: 'promtool',
    env: 'ONHOOK_PROMTOOL',
    apt: 'prometheus',
    binaries: ['promtool'],
    neededFor: ['test'],
    // Without it the tests of alert rules and queries are skipped, with a line that says so.
    optional: true,
    why: "alert rules and the dashboard's queries are checked by Prometheus itself",
  },
  {
    name: 'livekit-server',
    env: 'ONHOOK_LIVEKIT_SERVER',
    // Not packaged by Debian; built by `npm run test:livekit` alone, since it takes minutes.
    go: 'github.com/livekit/livekit-server/cmd/server@v1.13.5',
    binaries: ['livekit-server'],
    neededFor: ['livekit'],
    // Without it the tests against a real LiveKit are skipped, with a line that says so.
    optional: true,
    why: 'rooms, webhooks and agents are tested on a real LiveKit server',
  },
];

/** What is built or installed on demand; git does not know it, and deleting it costs only time. */
export const cacheFolder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache');

/** Where `go install` puts a tool of that version, under the name that Go gives it. */
export function goBinary({ name, go }) {
  const [path, version] = go.split('@');
  return join(cacheFolder, `${name}-${version}`, path.split('/').at(-1));
}

const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];

/** Debian keeps a folder for each major version of PostgreSQL, outside PATH; the newest first. */
function versionedFolders(root = '/usr/lib/postgresql') {
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, 'bin'));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** `{path}` when found, `{problem}` when the environment names something that does not run, else `{}`. */
export function findTool(tool, env = process.env) {
  const named = env[tool.env];
  if (named !== undefined && named !== '') {
    return isExecutable(named)
      ? { path: named }
      : { problem: `${tool.env}=${named} is not an executable file` };
  }
  const folders = [
    ...(env.PATH ?? '').split(delimiter).filter(Boolean),
    ...SYSTEM_FOLDERS,
    ...versionedFolders(),
  ];
  const candidates = folders.flatMap((folder) => tool.binaries.map((name) => join(folder, name)));
  if (tool.go !== undefined) candidates.push(goBinary(tool));
  const path = candidates.find(isExecutable);
  return path === undefined ? {} : { path };
}
