/** `onhook replay`: a call's own messages, folded again, and what each one did. */
import type { Command } from 'commander';
import { systemClock } from '../../clock/system-clock.ts';
import type { Config } from '../../config/config.ts';
import { encodeCallId, isCallId } from '../../contract/subjects.ts';
import { connectLog } from '../../log/nats/index.ts';
import { pinConfig } from '../../supervisor/stable-json.ts';
import { UsageError } from '../exit.ts';
import { natsLogOptions } from '../nats/log-options.ts';
import { createOutput, duration, plain } from '../output.ts';
import { loadSettings } from '../settings.ts';
import { historyOf, readHistory, saveHistory } from './history.ts';
import type { History } from './history.ts';
import { refold } from './refold.ts';
import type { Step } from './refold.ts';

/** Throws `UsageError`, `NoHistory`, `LogUnavailable`, `ConfigError`. Changes nothing. */
export async function replay(command: Command, callId: string | undefined): Promise<void> {
  const { file, save } = command.opts<{ file?: string; save?: string }>();
  if ((callId === undefined) === (file === undefined)) {
    throw new UsageError('name a call, or a saved history with --file');
  }
  const { config } = loadSettings(command);
  const history = file === undefined ? await fetchHistory(config, callId ?? '') : await readHistory(file);
  if (save !== undefined) await saveHistory(save, history);
  const { timers, mode, twilio, livekit } = config;
  const providers = [...(twilio ? ['twilio'] : []), ...(livekit ? ['livekit'] : [])];
  const steps = refold(history, pinConfig({ timers, mode, functions: [], providers }));
  const output = createOutput(command.optsWithGlobals<{ json: boolean }>().json);
  const startedAt = steps[0]?.at ?? 0;
  let state = '';
  for (const step of steps) {
    output.line(step, () => describe(step, startedAt, state));
    state = step.state ?? state;
  }
}

/** From the log of the configuration. Throws `NoHistory`, `LogUnavailable`. */
export async function fetchHistory(config: Config, id: string): Promise<History> {
  const log = await connectLog(natsLogOptions(config, systemClock));
  try {
    return await historyOf(log, isCallId(id) ? id : encodeCallId(id));
  } finally {
    await log.close();
  }
}

function describe(step: Step, startedAt: number, before: string): string {
  const { seq, at, gateway, type, verdict, state = '', effects } = step;
  const change = state === before || state === '' ? '' : `→ ${state}`;
  const told = verdict === 'applied' ? '' : `(${verdict})`;
  const columns = [
    String(seq).padStart(7),
    `+${duration(at - startedAt)}`.padStart(9),
    gateway.padEnd(10),
    type.padEnd(20),
    ...[change, told, effects.join(', ')].filter((part) => part !== ''),
  ];
  return plain(columns.join('  ')).trimEnd();
}
