/** The parts of a call's page beside its story: timers, effects, legs, end functions, words, state. */
import type { ComponentChildren } from 'preact';
import type { Json, JsonObject } from '../../src/contract/json.ts';
import type { EffectView, LegView, TimerView } from '../../src/supervisor/view.ts';
import { dayAndTime, plural, span, spaced } from '../format.ts';
import { effectWords } from '../words/messages.ts';
import { terminationWords } from '../words/ends.ts';
import { settingOf, thenOf } from '../words/timers.ts';
import { Countdown } from './countdown.tsx';

export function Card({
  title,
  children,
  aside,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly aside?: ComponentChildren;
}) {
  const id = title.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  return (
    <section class="card" aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

export function Timers({
  timers,
  effects,
}: {
  readonly timers: readonly TimerView[];
  readonly effects: readonly EffectView[];
}) {
  const sorted = [...timers].sort((a, b) => a.dueAt - b.dueAt);
  if (sorted.length === 0) return <p class="soft">None is armed.</p>;
  return (
    <ul class="timers">
      {sorted.map(({ timerId, dueAt, durationMs, absence }) => {
        const effect = effects.find(({ effectId }) => timerId === `effect.${effectId}`);
        return (
          <li key={timerId} title={timerId}>
            <Countdown dueAt={dueAt} />
            <span>
              {thenOf(timerId, effect)}
              <span class="soft">
                {settingOf(timerId) ?? 'backoff'}, {span(durationMs)}
                {absence ? ', starts again with each word' : ''}
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

const PHASES: Readonly<Record<string, string>> = {
  attempting: 'under way',
  'backing-off': 'waits before the next attempt',
  noted: 'noted only, effects are paused',
};

export function Effects({ effects }: { readonly effects: readonly EffectView[] }) {
  if (effects.length === 0) return <p class="soft">None is under way.</p>;
  return (
    <ul class="effects">
      {effects.map((effect) => (
        <li key={effect.effectId} title={effect.effectId}>
          {effectWords(effect)}
          <span class="soft">
            attempt {effect.attempt}, {PHASES[effect.phase] ?? effect.phase}
            {effect.orphan ? ', goes on beyond the call' : ''}; because of {effect.cause}
          </span>
        </li>
      ))}
    </ul>
  );
}

type ShownLeg = Partial<LegView> & { readonly attempts?: number; readonly at?: number };

export function Legs({ legs }: { readonly legs: Readonly<Record<string, ShownLeg>> }) {
  const entries = Object.entries(legs);
  if (entries.length === 0) return <p class="soft">None is known.</p>;
  return (
    <ul class="legs">
      {entries.map(([key, { provider, status, termination, terminatedAt, at, detail, attempts }]) => {
        const { words, good } = terminationWords(termination);
        const when = terminatedAt ?? at;
        return (
          <li key={key}>
            <b>{key}</b>
            <span class={termination === undefined ? 'plain' : good ? 'good' : 'bad'}>{words}</span>
            <span class="soft">
              {[
                provider,
                status === undefined ? undefined : `status ${status}`,
                detail,
                attempts === undefined || attempts === 0 ? undefined : plural(attempts, 'attempt'),
                when === undefined ? undefined : dayAndTime(when),
              ]
                .filter((part) => part !== undefined)
                .join(', ')}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

export interface Ledger {
  readonly name: string;
  readonly version?: string;
  readonly status: string;
  readonly attempts?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly reason?: string;
  readonly error?: string;
  readonly output?: Json;
}

export function Functions({ ledgers }: { readonly ledgers: readonly Ledger[] }) {
  if (ledgers.length === 0) return <p class="soft">None is declared for this call.</p>;
  return (
    <ul class="functions">
      {ledgers.map(({ name, version, status, attempts = 0, startedAt, endedAt, reason, error, output }) => (
        <li key={name}>
          <b>{name}</b>
          <span class={status === 'succeeded' ? 'good' : status === 'dead_lettered' ? 'bad' : 'plain'}>
            {spaced(status)}
          </span>
          <span class="soft">
            {[
              version === undefined ? undefined : `version ${version}`,
              attempts === 0 ? undefined : plural(attempts, 'attempt'),
              startedAt === undefined || endedAt === undefined ? undefined : span(endedAt - startedAt),
              reason,
            ]
              .filter((part) => part !== undefined)
              .join(', ')}
          </span>
          {error !== undefined && <p class="error">{error}</p>}
          {output !== undefined && <JsonBlock label={`Output of ${name}`} value={output} />}
        </li>
      ))}
    </ul>
  );
}

export function JsonBlock({ value, label }: { readonly value: Json; readonly label: string }) {
  return (
    <pre tabIndex={0} role="region" aria-label={label}>
      {JSON.stringify(value, undefined, 2)}
    </pre>
  );
}

export interface TranscriptLine {
  readonly role: string;
  readonly text: string;
}

export function Transcript({ lines }: { readonly lines: readonly TranscriptLine[] }) {
  if (lines.length === 0) return <p class="soft">No line was sent.</p>;
  return (
    <ol class="transcript">
      {lines.map(({ role, text }, index) => (
        <li key={index} class={role === 'caller' || role === 'user' ? 'caller' : 'agent'}>
          <span>{role}</span>
          <p>{text}</p>
        </li>
      ))}
    </ol>
  );
}

/** From the account of an open call, or from the record of a closed one. */
export function ledgersOf(account: JsonObject | undefined, record: JsonObject | undefined): Ledger[] {
  const open = account?.['functions'];
  if (open !== undefined) {
    return Object.entries(open as unknown as Record<string, Omit<Ledger, 'name'>>).map(([name, rest]) => ({
      name,
      ...rest,
    }));
  }
  return (record?.['endFunctions'] ?? []) as unknown as Ledger[];
}
