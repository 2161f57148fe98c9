/** Checks of this machine: Node.js, ports, end functions. */
import { createServer } from 'node:net';
import type { Config } from '../../config/config.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { openEndFunctions } from '../serve/end-functions.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { fail, failed, ok } from './check.ts';
import type { Finding } from './check.ts';

/** `engines` of package.json. */
const NODE_LEAST = [20, 19] as const;
const REACH_TIMEOUT_MS = 3_000;

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantMajor, wantMinor] = NODE_LEAST;
  const enough = major > wantMajor || (major === wantMajor && minor >= wantMinor);
  if (enough) return ok('node', `Node ${version}`);
  return fail('node', `Node ${version} is too old`, `install Node ${wantMajor}.${wantMinor} or later`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A port that a running node holds is fine. */
export async function checkPorts({ ingress, admin }: Config): Promise<Finding[]> {
  const running = await answers(`http://127.0.0.1:${admin.port}/livez`);
  const all = [
    { name: 'ingress port', ...ingress, variable: 'ONHOOK_INGRESS_PORT' },
    { name: 'admin port', ...admin, variable: 'ONHOOK_ADMIN_PORT' },
  ];
  return Promise.all(
    all.map(async ({ name, host, port, variable }) => {
      if (await isFree(host, port)) return ok(name, `${host}:${port} is free`);
      if (running) return ok(name, `${host}:${port} is used by a running node`);
      return fail(name, `${host}:${port} is taken or not allowed`, `free it, or set ${variable} to another`);
    }),
  );
}

/** Loads each module in a process of its own, as `serve` does. */
export async function checkEndFunctions(config: Config): Promise<Finding> {
  try {
    const publisher = { publish: () => Promise.resolve<Outcome>({ result: 'done' }) };
    const loaded = await openEndFunctions(config, { clock: systemClock, publisher });
    const names = loaded.manifests().map(({ name }) => name);
    await loaded.close();
    return ok('end functions', names.length === 0 ? 'none configured' : names.join(', '));
  } catch (error) {
    return failed('end functions', error, 'correct ONHOOK_END_FUNCTIONS or the module it names');
  }
}
