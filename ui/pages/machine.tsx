/** The machines as they are built in, and the timers in force with where each was set. */
import { useCallback, useState } from 'preact/hooks';
import { effectMachine } from '../../machines/effect/machine.ts';
import { partitionMachine } from '../../machines/partition/machine.ts';
import type { TimerSetting } from '../../src/admin/parts.ts';
import { arrowsOf } from '../../src/cli/machine/chart.ts';
import type { Chart } from '../../src/cli/machine/chart.ts';
import { ChartView } from '../chart/chart-view.tsx';
import type { TimerNote } from '../chart/layout.ts';
import { span } from '../format.ts';
import { Card } from '../parts/call-facts.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { usePolled } from '../polled.ts';
import type { DelayName } from '../../machines/call/timers.ts';
import { TIMER_WORDS } from '../words/timers.ts';
import { CALL_CHART } from './call.tsx';

/** They change with a restart. */
const LOOK_MS = 60_000;

const MACHINES = [
  { name: 'A call', chart: CALL_CHART },
  { name: 'An effect', chart: effectMachine.config as unknown as Chart },
  { name: 'A partition', chart: partitionMachine.config as unknown as Chart },
] as const;

export function MachinePage() {
  const [shown, setShown] = useState(0);
  const machine = MACHINES[shown] ?? MACHINES[0];
  const { data, problem } = usePolled<{ timers: TimerSetting[] }>('timers', LOOK_MS);
  const timers = data?.timers;
  const noteOf = useCallback((delay: string) => noteOfDelay(timers, delay), [timers]);
  return (
    <>
      <div class="page-head">
        <h1>Machine</h1>
        <div class="chips" role="group" aria-label="Which machine">
          {MACHINES.map(({ name }, index) => (
            <button
              key={name}
              type="button"
              class="chip"
              aria-pressed={index === shown}
              onClick={() => setShown(index)}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      <Card title={machine.name}>
        {machine.chart === CALL_CHART && (
          <p class="soft">
            Below the name of a state: how long it waits before it goes on by itself, as set now. A goodbye of
            known length takes as long as it is. The whole call: {noteOf('lifetime')?.text ?? '…'}.
          </p>
        )}
        <ChartView
          key={machine.name}
          chart={machine.chart}
          whole
          noteOf={noteOf}
          title={`Statechart: ${machine.name.toLowerCase()}`}
        />
        <details>
          <summary>Every transition as a list</summary>
          <Transitions chart={machine.chart} />
        </details>
      </Card>
      <Timers timers={timers ?? []} problem={problem} />
    </>
  );
}

function Transitions({ chart }: { readonly chart: Chart }) {
  const arrows = arrowsOf(chart);
  const sources = [...new Set(arrows.map(({ from }) => from.join('.')))];
  return (
    <dl class="transitions">
      {sources.map((source) => (
        <div key={source}>
          <dt>{source === '' ? 'in every state' : source}</dt>
          {arrows
            .filter(({ from }) => from.join('.') === source)
            .map(({ to, label }, index) => (
              <dd key={index}>
                {label} → <b>{to.join('.')}</b>
              </dd>
            ))}
        </div>
      ))}
    </dl>
  );
}

/** What the timers of the chart that take their length from a setting do. */
function usesOf(name: string): string[] {
  const uses = Object.values(TIMER_WORDS).flatMap(({ setting, does }) => (setting === name ? [does] : []));
  return uses.length > 0 ? uses : [PARTS[name] ?? ''];
}

/** Settings that change the length of another's timer. */
const PARTS: Readonly<Record<string, string>> = {
  farewellMaxMs: 'the longest of farewellMs and drainMs when the length of the goodbye is known',
  playoutGraceMs: 'comes on top of a known length of the goodbye',
  unmarkedDrainMs: 'in place of drainMs where the gateway has no marks: hang up',
  listenQuietMs: 'in place of bargeInHoldMs after the caller spoke, when bargeIn is listen: hang up',
  listenMaxMs: 'the longest hold when bargeIn is listen: hang up',
};

/** `15 s` of `drain`, with what it does and where it was set. */
function noteOfDelay(timers: readonly TimerSetting[] | undefined, delay: string): TimerNote | undefined {
  const words: (typeof TIMER_WORDS)[DelayName] | undefined = TIMER_WORDS[delay as DelayName];
  const set = timers?.find(({ name }) => name === words?.setting);
  if (words === undefined || set === undefined) return undefined;
  const text = valueWords(set.value, set.kind, set.name);
  const changed = set.source !== 'default';
  return { text, title: `after ${text} (${set.name}, ${set.source}): ${words.does}`, changed };
}

interface TimersProps {
  readonly timers: readonly TimerSetting[];
  readonly problem: string | undefined;
}

function Timers({ timers, problem }: TimersProps) {
  return (
    <Card title="Timers in force">
      <p class="soft">A call pins these when it starts; its gateway may have given some of its own.</p>
      {problem !== undefined && <p class="notice bad">{problem}</p>}
      <Scroll label="Table of timers">
        <table class="plain">
          <thead>
            <tr>
              <th>Setting</th>
              <th>Value</th>
              <th>Set by</th>
              <th>Kind</th>
              <th>When it is due</th>
              <th>Why this default</th>
            </tr>
          </thead>
          <tbody>
            {timers.map(({ name, value, defaultValue, kind, reason, source }) => (
              <tr key={name} class={source === 'default' ? '' : 'changed'}>
                <td class="mono">{name}</td>
                <td class="number">
                  <b>{valueWords(value, kind, name)}</b>
                  {value !== defaultValue && (
                    <span class="soft"> default {valueWords(defaultValue, kind, name)}</span>
                  )}
                </td>
                <td>{source}</td>
                <td>{kind}</td>
                <td>{usesOf(name).join('; ')}</td>
                <td class="soft">{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  );
}

function valueWords(value: number, kind: string, name: string): string {
  if (kind === 'count') return String(value);
  return value === 0 && name === 'silenceMs' ? 'off' : span(value);
}
