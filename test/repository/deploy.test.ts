/** The files that deploy onhook name only what exists: files, settings, a configuration that NATS accepts. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.ts';
import { SETTINGS } from '../../src/config/setting.ts';
import { findNatsServer } from '../../src/testing/nats-binary.ts';
import { generated } from '../../scripts/generated.ts';

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: string;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly read_only?: boolean;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml')) as Compose;
const services = Object.values(compose.services);

let secrets: string;
beforeAll(() => {
  secrets = mkdtempSync(join(tmpdir(), 'onhook-secrets-'));
  spawnSync(process.execPath, [join(root, 'scripts/make-secrets.mjs'), secrets]);
});
afterAll(() => rmSync(secrets, { recursive: true, force: true }));

describe('docker-compose.yml', () => {
  it('names files that are in the repository or that make-secrets makes', () => {
    const mounted = services.flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    const named = [
      ...mounted.filter((path) => path.startsWith('.')),
      ...services.flatMap((service) => service.env_file ?? []),
      ...Object.values(compose.secrets).map(({ file }) => file),
    ];
    const made = readdirSync(secrets).map((name) => `./deploy/secrets/${name}`);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !made.includes(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  it('gives each service secrets that are declared, and no variable that is not a setting', () => {
    const variables = SETTINGS.flatMap(({ env, secret }) => (secret ? [`${env}_FILE`] : [env]));
    for (const { environment = {}, secrets: used = [] } of services) {
      expect(variables).toEqual(expect.arrayContaining(Object.keys(environment)));
      expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining([...used]));
    }
  });

  it('configures an orchestrator that starts, with the secrets as they are made', () => {
    const environment = compose.services.onhook?.environment ?? {};
    const env = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => {
        const local = value.replace('/run/secrets', secrets).replace(/\$\{\w+:-(\w*)\}/, '$1');
        return [name, local];
      }),
    );
    const { config, warnings } = loadConfig({ env, file: join(root, 'test/config/empty.yaml') });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({ mode: 'own', nats: { user: 'onhook' }, twilio: undefined });
  });

  it('runs our image on a file system that it cannot write', () => {
    expect([compose.services.onhook?.read_only, compose.services.demo?.read_only]).toEqual([true, true]);
  });
});

describe('Dockerfile', () => {
  it('copies what is there, runs as an ordinary user and asks /readyz', () => {
    const dockerfile = read('Dockerfile');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    expect(copied.length).toBeGreaterThan(4);
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const ignored = read('.dockerignore');
    expect(copied.filter((path) => !ignored.includes(`!${path}\n`))).toEqual([]);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain('/readyz');
  });
});

describe('deploy/nats.conf', () => {
  it('is accepted by nats-server', () => {
    const env = { ...process.env, ONHOOK_NATS_PASSWORD: 'a', GATEWAY_NATS_PASSWORD: 'b' };
    const checked = spawnSync(
      findNatsServer() ?? 'nats-server',
      ['-t', '-c', join(root, 'deploy/nats.conf')],
      {
        env,
        encoding: 'utf8',
      },
    );
    expect(checked.stderr).toContain('is valid');
    expect(checked.status).toBe(0);
  });
});

describe('files made from the code', () => {
  it.each(Object.entries(generated))('%s is current; if not: npm run docs', (path, render) => {
    expect(read(path), `${path} is stale: run npm run docs`).toBe(render());
  });
});
