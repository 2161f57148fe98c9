/** A call, message by message: the production fold plays in the page, so what it shows is what was decided. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { effectById } from '../../src/actors/call-state.ts';
import { effectTimer } from '../../src/actors/draft.ts';
import type { Played } from '../../src/actors/tape.ts';
import type { Json, JsonObject } from '../../src/contract/json.ts';
import { settledIn } from '../../src/contract/settled.ts';
import { useCall } from '../call-data.ts';
import { ChartView } from '../chart/chart-view.tsx';
import { travelled } from '../chart/travelled.ts';
import { testOf } from '../copied-test.ts';
import { offset, span } from '../format.ts';
import { Card, JsonBlock } from '../parts/call-facts.tsx';
import { link, route, setQuery } from '../router.ts';
import { changesBetween } from '../changes.ts';
import type { Change } from '../changes.ts';
import { effectWords, messageWords, resultWords, speakerOf } from '../words/messages.ts';
import { textOf } from '../words/text.ts';
import { pathsOf } from '../words/states.ts';
import { thenOf } from '../words/timers.ts';
import { CALL_CHART } from './call.tsx';

export function ReplayPage({ callId }: { readonly callId: string }) {
  const { tape, played, problem, tapeProblem } = useCall(callId, false);
  const asked = Number(route.value.query.get('at') ?? '0');
  const at = Math.min(Math.max(0, asked), Math.max(0, played.length - 1));
  const go = (index: number): void => {
    setQuery('at', String(Math.min(Math.max(0, index), Math.max(0, played.length - 1))));
  };
  useKeys(at, go);
  return (
    <>
      <div class="page-head">
        <div>
          <p class="crumb">
            <a href={link(['calls'])}>Calls</a> /{' '}
            <a class="mono" href={link(['calls', callId])}>
              {callId}
            </a>
          </p>
          <h1>Replay</h1>
        </div>
        {tape !== undefined && <CopyTest text={() => testOf(tape, played)} />}
      </div>
      {played.length === 0 ? (
        <p class="empty">{tapeProblem ?? problem ?? 'Loading…'}</p>
      ) : (
        <Moment played={played} at={at} go={go} />
      )}
    </>
  );
}

/** Left and right, where no field has the focus. */
function useKeys(at: number, go: (index: number) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'ArrowRight') go(at + 1);
      if (event.key === 'ArrowLeft') go(at - 1);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
}

function CopyTest({ text }: { readonly text: () => string }) {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid('Copied: save it as a .test.mjs and run node --test');
    } catch {
      setSaid('The browser does not let this page write to the clipboard');
    }
  };
  return (
    <div class="row">
      <span role="status" class="soft">
        {said}
      </span>
      <button type="button" class="button" onClick={() => void copy()}>
        Copy as test
      </button>
    </div>
  );
}

interface MomentProps {
  readonly played: readonly Played[];
  readonly at: number;
  readonly go: (index: number) => void;
}

function Moment({ played, at, go }: MomentProps) {
  const way = useMemo(() => travelled(played.slice(0, at + 1), CALL_CHART), [played, at]);
  const one = played[at];
  const before = played[at - 1];
  if (one === undefined) return null;
  return (
    <>
      <Controls played={played} at={at} go={go} />
      <div class="columns replay">
        <Messages played={played} at={at} go={go} />
        <div class="stack">
          <What one={one} before={before} />
          <Card title="Timers">
            <Changed changes={changesBetween(timersOf(before), timersOf(one))} none="None is armed." />
          </Card>
          <Card title="Effects">
            <Changed changes={changesBetween(effectsOf(before), effectsOf(one))} none="None is wanted." />
          </Card>
        </div>
      </div>
      <Card title="Chart at this moment">
        <ChartView chart={CALL_CHART} travelled={way} title="Statechart at this message" />
      </Card>
    </>
  );
}

function Controls({ played, at, go }: MomentProps) {
  const last = played.length - 1;
  return (
    <div class="controls card">
      <button type="button" class="button" disabled={at === 0} onClick={() => go(0)}>
        First
      </button>
      <button type="button" class="button" disabled={at === 0} onClick={() => go(at - 1)}>
        ← Back
      </button>
      <input
        type="range"
        aria-label="Message"
        min={0}
        max={last}
        value={at}
        onInput={(event) => go(Number(event.currentTarget.value))}
      />
      <button type="button" class="button primary" disabled={at === last} onClick={() => go(at + 1)}>
        Forward →
      </button>
      <button type="button" class="button" disabled={at === last} onClick={() => go(last)}>
        Last
      </button>
      <span class="number soft" role="status">
        Message {at + 1} of {played.length}
      </span>
    </div>
  );
}

function Messages({ played, at, go }: MomentProps) {
  const startedAt = played[0]?.at ?? 0;
  // The list follows the step, without moving the page.
  useEffect(() => {
    const row = document.querySelector('.messages [aria-current="step"]');
    row?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  return (
    <Card title="Messages">
      <ol class="messages">
        {played.map((one, index) => (
          <li key={index}>
            <button
              type="button"
              class={`message ${one.verdict === 'applied' ? '' : 'refused'}`}
              aria-current={index === at ? 'step' : undefined}
              onClick={() => go(index)}
            >
              <span class="number soft">{offset(one.at - startedAt)}</span>
              <span class={`speaker by-${speakerOf(one.gateway, one.type)}`}>
                {speakerOf(one.gateway, one.type)}
              </span>
              <span>{wordsFor(one, played[index - 1])}</span>
            </button>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function wordsFor({ type, data }: Played, before: Played | undefined): string {
  const wordsOf = (effectId: string): string => {
    const effect = before?.state && effectById(before.state, effectId);
    return effect === undefined ? 'an effect' : effectWords({ ...effect.request, subject: effect.subject });
  };
  if (type === 'effect.attempted') return `${wordsOf(textOf(data['effectId']))}: an attempt began`;
  if (type !== 'effect.settled') return messageWords(type, data);
  return settledIn({ type, data })
    .map(({ effectId, outcome }) => `${wordsOf(effectId)}: ${resultWords(outcome.result)}`)
    .join(', ');
}

function What({ one, before }: { readonly one: Played; readonly before: Played | undefined }) {
  const changes = changesBetween(rememberedBy(before), rememberedBy(one)).filter(
    ({ kind }) => kind !== 'same',
  );
  return (
    <Card title={wordsFor(one, before)} aside={<span class="mono soft">number {one.seq}</span>}>
      <p class="facts">
        <span class="mono">{one.type}</span>
        <span>from {one.gateway}</span>
        <span class={one.verdict === 'applied' ? 'good' : 'bad'}>{one.verdict}</span>
      </p>
      {Object.keys(one.data).length > 0 && <JsonBlock label="Data of the message" value={one.data} />}
      <h3>What the call remembers differently</h3>
      <Changed changes={changes} none="Nothing." />
    </Card>
  );
}

/** The machine's own memory and its state, field by field. */
function rememberedBy(one: Played | undefined): Map<string, string> {
  if (one?.state === undefined) return new Map();
  const { value, context } = one.state.snapshot as unknown as { value: unknown; context: JsonObject };
  const fields = Object.entries(context).filter(([name]) => !FIXED.has(name));
  const leaves = fields.flatMap(([name, field]) => leavesOf(name, field));
  return new Map([
    [
      'state',
      pathsOf(value)
        .filter((path) => path.includes('.'))
        .join(', '),
    ],
    ...leaves,
  ]);
}

/** `functions.crm.status` → `running`. */
function leavesOf(name: string, field: Json | undefined): [string, string][] {
  if (typeof field !== 'object' || field === null) return field === undefined ? [] : [[name, String(field)]];
  return Object.entries(field).flatMap(([key, below]) => leavesOf(`${name}.${key}`, below));
}

/** Long, and given at the start. */
const FIXED = new Set(['callId', 'timers', 'policy', 'capabilities', 'spread']);

function timersOf(one: Played | undefined): Map<string, string> {
  const { timers = [], effects = [] } = one?.state ?? {};
  return new Map(
    timers.map(({ timerId, armedAt, durationMs }) => {
      const retried = effects.find(({ request }) => effectTimer(request.effectId) === timerId);
      const about = retried && { ...retried, kind: retried.request.kind };
      const left = armedAt + durationMs - (one?.at ?? 0);
      return [`${timerId}@${armedAt}`, `in ${span(left)}: ${thenOf(timerId, about)}`];
    }),
  );
}

function effectsOf(one: Played | undefined): Map<string, string> {
  return new Map(
    (one?.state?.effects ?? []).map(({ request, attempt, phase, subject }) => [
      `${request.effectId}#${attempt}`,
      `${effectWords({ ...request, subject })}, attempt ${attempt}, ${phase.replaceAll('-', ' ')}`,
    ]),
  );
}

const SIGNS = { added: '+', removed: '−', changed: '~', same: ' ' };
const SPOKEN = { added: 'new', removed: 'gone', changed: 'changed', same: '' };

function Changed({ changes, none }: { readonly changes: readonly Change[]; readonly none: string }) {
  if (changes.length === 0) return <p class="soft">{none}</p>;
  return (
    <ul class="changes">
      {changes.map(({ name, kind, text }) => (
        <li key={name} class={kind}>
          <i aria-hidden="true">{SIGNS[kind]}</i>
          <span>
            {SPOKEN[kind] !== '' && <span class="unseen">{SPOKEN[kind]}: </span>}
            {text}
          </span>
        </li>
      ))}
    </ul>
  );
}
