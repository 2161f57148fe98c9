/** The import rule: this repository keeps it, and the checker bites when somebody does not. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkImports, ruleNames } from '../../scripts/import-rule.mjs';

const repository = join(import.meta.dirname, '../..');

/** Rule → a file that breaks it. The files they name exist in the planted tree. */
const plants: Record<string, { file: string; imports: string }> = {
  'machines-are-pure': { file: 'machines/call/plant.ts', imports: 'node:fs' },
  'contract-knows-machines-as-types': { file: 'src/contract/plant.ts', imports: '../actors/clean.ts' },
  'contract-runs-no-machine': { file: 'src/contract/runs.ts', imports: '../../machines/call/clean.ts' },
  'carriers-are-islands': { file: 'src/carriers/twilio/plant.ts', imports: '../livekit/clean.ts' },
  'log-adapters-are-islands': { file: 'src/log/memory/plant.ts', imports: '../nats/clean.ts' },
  'the-log-port-knows-no-adapter': { file: 'src/log/plant.ts', imports: './nats/clean.ts' },
  'only-adapters-share-nats': { file: 'src/log/memory/plant-nats.ts', imports: '../../nats/clean.ts' },
  'nobody-imports-the-cli': { file: 'src/telemetry/plant-cli.ts', imports: '../cli/clean.ts' },
  'doubles-stay-outside': { file: 'src/supervisor/plant-double.ts', imports: '../testing/clean.ts' },
  'source-knows-no-tests': { file: 'src/cli/plant-test.ts', imports: '../../test/clean.ts' },
  'no-development-packages': { file: 'src/cli/plant-dev.ts', imports: 'fast-check' },
  resolvable: { file: 'src/cli/plant-missing.ts', imports: './nowhere.ts' },
  'no-cycles': { file: 'src/cli/plant-cycle.ts', imports: './cycle.ts' },
  'clock-looks-inward': { file: 'src/clock/plant.ts', imports: '../contract/clean.ts' },
  'nats-looks-inward': { file: 'src/nats/plant.ts', imports: '../contract/clean.ts' },
  'log-looks-inward': { file: 'src/log/nats/plant.ts', imports: '../../actors/clean.ts' },
  'actors-looks-inward': { file: 'src/actors/plant.ts', imports: '../supervisor/clean.ts' },
  'supervisor-looks-inward': { file: 'src/supervisor/plant.ts', imports: '../log/nats/clean.ts' },
  'dispatcher-looks-inward': { file: 'src/dispatcher/plant.ts', imports: '../carriers/twilio/clean.ts' },
  'carriers-looks-inward': { file: 'src/carriers/livekit/plant.ts', imports: '../../log/nats/clean.ts' },
  'end-functions-looks-inward': { file: 'src/end-functions/plant.ts', imports: '../admin/clean.ts' },
  'ingress-looks-inward': { file: 'src/ingress/plant.ts', imports: '../carriers/twilio/clean.ts' },
  'admin-looks-inward': { file: 'src/admin/plant.ts', imports: '../supervisor/clean.ts' },
  'gateway-looks-inward': { file: 'src/gateway/plant.ts', imports: '../actors/clean.ts' },
  'livekit-agents-looks-inward': { file: 'src/livekit-agents/plant.ts', imports: '../supervisor/clean.ts' },
  'config-looks-inward': { file: 'src/config/plant.ts', imports: '../log/log.ts' },
  'telemetry-looks-inward': { file: 'src/telemetry/plant.ts', imports: '../supervisor/clean.ts' },
  'only-adapters-use-nats-io': { file: 'src/supervisor/plant-nats.ts', imports: '@nats-io/transport-node' },
  'only-adapters-use-xstate': { file: 'src/supervisor/plant-xstate.ts', imports: 'xstate' },
  'only-adapters-use-twilio': { file: 'src/dispatcher/plant-twilio.ts', imports: 'twilio' },
  'only-adapters-use-livekit-server-sdk': {
    file: 'src/admin/plant-livekit.ts',
    imports: 'livekit-server-sdk',
  },
  'only-adapters-use-livekit/agents': { file: 'src/gateway/plant-agents.ts', imports: '@livekit/agents' },
  'only-adapters-use-hono': { file: 'src/actors/plant-hono.ts', imports: 'hono' },
  'only-adapters-use-standardwebhooks': {
    file: 'src/ingress/plant-webhooks.ts',
    imports: 'standardwebhooks',
  },
  'only-adapters-use-prom-client': { file: 'src/actors/plant-metrics.ts', imports: 'prom-client' },
  'only-adapters-use-pino': { file: 'src/actors/plant-pino.ts', imports: 'pino' },
  'only-adapters-use-statelyai': { file: 'src/actors/plant-inspector.ts', imports: '@statelyai/inspect' },
  'only-adapters-use-opentelemetry': { file: 'src/actors/plant-traces.ts', imports: '@opentelemetry/api' },
  'only-adapters-use-commander': { file: 'src/config/plant-commander.ts', imports: 'commander' },
  'only-adapters-use-pg': { file: 'src/actors/plant-pg.ts', imports: 'pg' },
  'only-adapters-use-aws4fetch': { file: 'src/actors/plant-aws4fetch.ts', imports: 'aws4fetch' },
};

const cleanFolders = [
  'machines/call',
  'src/actors',
  'src/supervisor',
  'src/admin',
  'src/contract',
  'src/cli',
  'src/testing',
  'src/nats',
  'src/log/nats',
  'src/carriers/twilio',
  'src/carriers/livekit',
  'test',
];

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function plantTree(root: string): void {
  for (const file of ['package.json', 'tsconfig.json']) cpSync(join(repository, file), join(root, file));
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  for (const folder of cleanFolders) write(root, `${folder}/clean.ts`, 'export const clean = true;\n');
  write(root, 'src/log/log.ts', 'export type Log = object;\n');
  write(root, 'src/contract/type-only.ts', "export type { clean } from '../../machines/call/clean.ts';\n");
  write(root, 'src/cli/cycle.ts', "export * from './plant-cycle.ts';\n");
  for (const { file, imports } of Object.values(plants)) {
    write(root, file, `import * as planted from '${imports}';\nexport const used = planted;\n`);
  }
}

describe('the import rule', () => {
  it('holds in this repository, and the checker saw its modules', async () => {
    const { modules, dependencies, violations } = await checkImports(repository, ['src', 'machines']);
    expect(violations).toEqual([]);
    expect(modules).toBeGreaterThan(0);
    expect(dependencies).toBeGreaterThan(0);
  });

  describe('over a tree with one violation of each rule', () => {
    let root: string;
    let found: Awaited<ReturnType<typeof checkImports>>;

    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), 'onhook-imports-'));
      plantTree(root);
      found = await checkImports(root, ['src', 'machines']);
    });
    afterAll(() => rmSync(root, { recursive: true, force: true }));

    it('has a plant for every rule', () => {
      expect(Object.keys(plants).sort()).toEqual([...ruleNames].sort());
    });

    it.each(Object.entries(plants))('%s bites', (rule, { file }) => {
      // A cycle is reported once, from either of its ends.
      const bitten = found.violations.filter(({ from, to }) => from === file || to === file);
      expect(bitten.map((violation) => violation.rule)).toContain(rule);
    });

    it('leaves the clean files alone, and a type of a machine in the contract too', () => {
      const planted = new Set(['src/cli/cycle.ts', ...Object.values(plants).map(({ file }) => file)]);
      expect(found.violations.filter(({ from }) => !planted.has(from))).toEqual([]);
    });

    it('names the cure of each violation', () => {
      expect(found.violations.filter(({ cure }) => cure === undefined || cure === '')).toEqual([]);
    });
  });
});
