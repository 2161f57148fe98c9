/** `onhook doctor`: looks at everything that `serve` needs; each finding says what to do. */
import type { Command } from 'commander';
import { ConfigError } from '../../config/problem.ts';
import { EXIT } from '../exit.ts';
import { createOutput, plain } from '../output.ts';
import { readSettings } from '../settings.ts';
import { paint } from '../terminal.ts';
import type { Paint } from '../terminal.ts';
import { fail, ok, warn } from './check.ts';
import type { Finding, Verdict } from './check.ts';
import { checkEndFunctions, checkNode, checkPorts } from './machine.ts';
import { checkTraces } from './traces.ts';

/** Never throws for a finding. Exit 1 when something fails, else 0: warnings are not failures. */
export async function doctor(command: Command): Promise<void> {
  const output = createOutput(command.optsWithGlobals<{ json: boolean }>().json);
  output.progress('looking at NATS, ports, providers and end functions, a few seconds at most');
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

/** A variable that is ignored is what somebody meant to set. */
function judged(warnings: readonly string[]): Finding[] {
  if (warnings.length === 0) return [ok('configuration', 'valid')];
  return warnings.map((warning) => {
    const [message = '', cure = 'correct it, or unset it'] = warning.split('; ');
    return warn('configuration', message, cure);
  });
}

async function examine(command: Command): Promise<Finding[]> {
  const node = checkNode();
  try {
    const { config, warnings } = readSettings(command);
    const { checkNats } = await import('./nats.ts');
    const { checkProviders } = await import('./providers.ts');
    const rest = await Promise.all([
      checkNats(config),
      checkPorts(config),
      checkProviders(config),
      checkEndFunctions(config),
      checkTraces(config),
    ]);
    return [node, ...judged(warnings), ...rest.flat()];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      node,
      ...error.problems.map(({ path, message, cure }) => fail('configuration', `${path}: ${message}`, cure)),
    ];
  }
}
