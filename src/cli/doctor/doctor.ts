/** `onhook doctor`: looks at everything that `serve` needs; each finding says what to do. */
import type { Command } from 'commander';
import { ConfigError } from '../../config/problem.ts';
import { EXIT } from '../exit.ts';
import { createOutput, plain } from '../output.ts';
import { loadSettings } from '../settings.ts';
import { paint } from '../terminal.ts';
import type { Paint } from '../terminal.ts';
import { fail, ok } from './check.ts';
import type { Finding, Verdict } from './check.ts';
import { checkEndFunctions, checkLiveKit, checkNode, checkPorts, checkTwilio } from './machine.ts';

/** Never throws for a finding. Exit 1 when something fails, else 0: warnings are not failures. */
export async function doctor(command: Command): Promise<void> {
  const output = createOutput(command.optsWithGlobals<{ json: boolean }>().json);
  const checks = await examine(command);
  const failed = checks.some(({ verdict }) => verdict === 'FAIL');
  output.data({ ok: !failed, checks }, () => checks.map(describe).join('\n'));
  process.exitCode = failed ? EXIT.failed : EXIT.ok;
}

const PAINT = { OK: 'green', WARN: 'yellow', FAIL: 'red' } as const satisfies Record<Verdict, Paint>;

function describe({ name, verdict, message, cure }: Finding): string {
  const line = `${paint(PAINT[verdict], verdict.padEnd(4))}  ${plain(`${name}: ${message}`)}`;
  return cure === undefined ? line : `${line}\n      → ${plain(cure)}`;
}

async function examine(command: Command): Promise<Finding[]> {
  const node = checkNode();
  try {
    const { config } = loadSettings(command);
    const { checkNats } = await import('./nats.ts');
    const later = [checkNats(config), checkPorts(config), checkLiveKit(config), checkEndFunctions(config)];
    const [nats, ports, liveKit, functions] = await Promise.all(later);
    const rest = [nats, ports, checkTwilio(config), liveKit, functions];
    return [node, ok('configuration', 'valid'), ...rest.flatMap((finding) => finding ?? [])];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      node,
      ...error.problems.map(({ path, message, cure }) => fail('configuration', `${path}: ${message}`, cure)),
    ];
  }
}
