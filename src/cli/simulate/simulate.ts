/** `onhook simulate`: synthetic load, and how long its endings took. */
import type { Command } from 'commander';
import { systemClock } from '../../clock/system-clock.ts';
import { connectGateway } from '../../gateway/index.ts';
import { EXIT, UsageError } from '../exit.ts';
import { createOutput } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import { loadSettings } from '../settings.ts';
import { endInterrupted, interrupted } from '../signals.ts';
import { describeLatency } from './latency.ts';
import { runLoad } from './load.ts';
import type { LoadPlan, LoadReport } from './load.ts';
import { foreignWorld, ownWorld } from './world.ts';
import { isGatewayName } from '../../contract/subjects.ts';

interface SimulateOptions {
  readonly calls: number;
  readonly rate: number;
  readonly talkMs: number;
  readonly farewellMs: number;
  readonly waitMs: number;
  readonly gateway?: string;
  readonly hangup: boolean;
}

/** Exit 1 when a call did not close, 130 after Ctrl-C, with the report so far. Throws `LogUnavailable`, `ConfigError`, `UsageError`. */
export async function simulate(command: Command): Promise<void> {
  const options = command.opts<SimulateOptions>();
  const loaded = loadSettings(command);
  const gateway = options.gateway ?? loaded.config.nats.user ?? 'simulator';
  if (!isGatewayName(gateway)) throw new UsageError(`--gateway ${gateway} is no gateway name`);
  const output = createOutput(command.optsWithGlobals<{ json: boolean }>().json);
  const own = loaded.config.nats.url === undefined;
  const stop = interrupted();
  const world = await (own ? ownWorld(process.env, (text) => output.progress(text)) : foreignWorld(loaded));
  try {
    output.progress(`${options.calls} calls at ${options.rate}/s against ${world.described}`);
    const { connection, prefix, seen } = world;
    const client = await connectGateway({ connection, prefix, gateway, clock: systemClock });
    const bar = progressBar(options.calls);
    const report = await runLoad(client, planOf(options, own), seen, stop.signal, ({ started, closed }) =>
      bar.show(closed, `${closed}/${options.calls} closed, ${started} started`),
    ).finally(() => bar.end());
    await client.close({ timeoutMs: 1_000 });
    output.data(report, () => describe(report, stop.signal.aborted));
    process.exitCode = report.closed === options.calls ? EXIT.ok : EXIT.failed;
    if (stop.signal.aborted) endInterrupted(stop.signal);
  } finally {
    await world.close();
    stop.release();
  }
}

/** A foreign onhook may have a real carrier: it is asked for nothing about calls that do not exist. */
function planOf(options: SimulateOptions, own: boolean): LoadPlan {
  const { calls, rate, talkMs, farewellMs, waitMs, hangup } = options;
  const plan = { calls, rate, talkMs, farewellMs, waitMs };
  return own || hangup ? plan : { ...plan, policy: { hangup: false, deleteRoom: false } };
}

function describe(report: LoadReport, stopped: boolean): string {
  const { calls, closed, startsPerSecond, seconds, open, refused } = report;
  const lines = [
    `closed            ${closed} of ${calls} in ${seconds} s, ${startsPerSecond} starts/s`,
    `end → closed      ${describeLatency(report.endToClosedMs)}`,
    `mark → hangup     ${describeLatency(report.markToHangupMs)}`,
  ];
  if (open.length > 0) lines.push(`did not close     ${open.join(' ')}`);
  for (const [code, count] of Object.entries(refused)) {
    lines.push(
      `refused           ${count} with ${code}${CURES[code] === undefined ? '' : `: ${CURES[code]}`}`,
    );
  }
  if (stopped) lines.push('stopped before its end; the calls that were open were told to end');
  else if (closed === 0 && Object.keys(refused).length === 0) lines.push(NOTHING_HEARD);
  return lines.join('\n');
}

/** What to do about a refusal. */
const CURES: Readonly<Record<string, string>> = {
  provider_unknown:
    'the node has no Twilio; set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN there, or unset ONHOOK_NATS_URL here ' +
    'to simulate with doubles',
};

const NOTHING_HEARD =
  'no call closed and none was refused: is a node live (onhook doctor, GET /readyz), does it use this ' +
  'nats.prefix, is it paused, is its mode observe?';
