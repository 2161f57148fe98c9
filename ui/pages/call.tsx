/** One call: what it waits for, its way through the chart, its story, and everything known about it. */
import { useMemo, useState } from 'preact/hooks';
import { callMachine } from '../../machines/call/machine.ts';
import type { Chart } from '../../src/cli/machine/chart.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { request, post, wordsOf } from '../api.ts';
import { useCall } from '../call-data.ts';
import type { CallData, ShownCall } from '../call-data.ts';
import { ChartView } from '../chart/chart-view.tsx';
import { travelled } from '../chart/travelled.ts';
import { dayAndTime, span } from '../format.ts';
import { mayAct } from '../node-info.ts';
import {
  Card,
  Effects,
  Functions,
  JsonBlock,
  ledgersOf,
  Legs,
  Timers,
  Transcript,
} from '../parts/call-facts.tsx';
import type { TranscriptLine } from '../parts/call-facts.tsx';
import { ask } from '../parts/confirm.tsx';
import { Age } from '../parts/countdown.tsx';
import { StateTrack } from '../parts/state-track.tsx';
import { StoryView } from '../parts/story-view.tsx';
import { link } from '../router.ts';
import { tellStory } from '../story.ts';
import { endWords, farewellWords } from '../words/ends.ts';
import { STATE_WORDS, waitsFor } from '../words/states.ts';
import { textOf } from '../words/text.ts';

/** The configuration as the machine was made from it. */
export const CALL_CHART = callMachine.config as unknown as Chart;

export function CallPage({ callId }: { readonly callId: string }) {
  const [reveal, setReveal] = useState(false);
  const data = useCall(callId, reveal);
  const { call, problem } = data;
  if (call === undefined) {
    return (
      <>
        <h1 class="mono">{callId}</h1>
        <p class={problem === undefined ? 'empty' : 'notice bad'}>{problem ?? 'Loading…'}</p>
      </>
    );
  }
  return (
    <>
      <Head call={call} reveal={reveal} />
      {call.state === 'closed' ? <Ending call={call} /> : <Present call={call} />}
      <Way data={data} />
      <div class="columns">
        <Story data={data} />
        <div class="stack">
          <Facts data={data} call={call} reveal={reveal} onReveal={() => setReveal(!reveal)} />
        </div>
      </div>
    </>
  );
}

function Head({ call, reveal }: { readonly call: ShownCall; readonly reveal: boolean }) {
  const { callId, state, gateway, startedAt } = call;
  const [problem, setProblem] = useState('');
  const download = (): void =>
    void save(callId, reveal).catch((error: unknown) => setProblem(wordsOf(error)));
  return (
    <div class="page-head">
      <div>
        <p class="crumb">
          <a href={link(['calls'])}>Calls</a>
        </p>
        <h1 class="mono">{callId}</h1>
        <p class="facts">
          <StateTrack state={state} />
          {gateway !== undefined && <span>gateway {gateway}</span>}
          {startedAt !== undefined && <span>started {dayAndTime(startedAt)}</span>}
          {state !== 'closed' && startedAt !== undefined && (
            <span>
              <Age since={startedAt} /> old
            </span>
          )}
        </p>
        {problem !== '' && <p class="notice bad">{problem}</p>}
      </div>
      <div class="row">
        <Commands call={call} />
        <a class="button" href={link(['calls', callId, 'replay'])}>
          Replay
        </a>
        <button
          type="button"
          class="button"
          title={reveal ? 'With what people said' : 'Without what people said; reveal it first to have it'}
          onClick={download}
        >
          Download the log
        </button>
      </div>
    </div>
  );
}

/** With the token in a header, which a plain link could not send. */
async function save(callId: string, reveal: boolean): Promise<void> {
  const response = await request(`calls/${encodeURIComponent(callId)}/log?${reveal ? 'reveal' : 'redact'}=1`);
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(await response.blob());
  anchor.download = `${callId}.log.json`;
  anchor.click();
  URL.revokeObjectURL(anchor.href);
}

const QUESTIONS = {
  'end-cancelled': {
    label: 'Cancel the end',
    title: 'Take the end back?',
    text: 'The call goes on, and the gateway is told so.',
    yes: 'Cancel the end',
    danger: false,
  },
  end: {
    label: 'End',
    title: 'End this call?',
    text: 'The system says goodbye where it can, then every leg is hung up.',
    yes: 'End the call',
    danger: true,
  },
  kill: {
    label: 'Kill',
    title: 'Kill this call?',
    text: 'Every leg is hung up at once, in the middle of whatever is being said.',
    yes: 'Kill the call',
    danger: true,
  },
} as const;

type Verb = keyof typeof QUESTIONS;

const OFFERED: Readonly<Partial<Record<string, readonly Verb[]>>> = {
  active: ['end', 'kill'],
  'farewell-speaking': ['end-cancelled', 'kill'],
  draining: ['end-cancelled', 'kill'],
};

function Commands({ call: { callId, state } }: { readonly call: ShownCall }) {
  if (!mayAct()) return null;
  const send = (verb: Verb) => (reason: string) =>
    post(`calls/${encodeURIComponent(callId)}/${verb}`, reason === '' ? {} : { reason });
  return (
    <>
      {(OFFERED[state] ?? []).map((verb) => {
        const { label, ...question } = QUESTIONS[verb];
        return (
          <button
            key={verb}
            type="button"
            class={`button ${verb === 'kill' ? 'danger' : ''}`}
            onClick={() => ask({ ...question, wantsReason: true, act: send(verb) })}
          >
            {label}
          </button>
        );
      })}
    </>
  );
}

function Present({ call }: { readonly call: ShownCall }) {
  const { state, value, timers, effects, endReason, endedBy } = call;
  const waits = waitsFor(value);
  return (
    <section class={`present card s-${state}`} aria-label="Now">
      <div>
        <h2>{STATE_WORDS[state]}</h2>
        {waits.length > 0 && (
          <>
            <p class="soft">It waits for</p>
            <ul class="waiting">
              {waits.map((wait) => (
                <li key={wait}>{wait}</li>
              ))}
            </ul>
          </>
        )}
        {endReason !== undefined && (
          <p>
            It ends: <b>{endWords(endReason)}</b>{' '}
            <span class="soft">
              ({endReason}, by {endedBy})
            </span>
          </p>
        )}
      </div>
      <div>
        <h2>Timers</h2>
        <Timers timers={timers} effects={effects} />
      </div>
      <div>
        <h2>Effects</h2>
        <Effects effects={effects} />
      </div>
    </section>
  );
}

function Ending({ call: { record = {}, timers, effects } }: { readonly call: ShownCall }) {
  const text = (name: string): string => textOf(record[name]);
  const silence = record['silenceAfterFarewellMs'];
  const disposition = record['disposition'] as { code?: string; detail?: string } | undefined;
  const [startedAt, endedAt] = [record['startedAt'], record['endedAt']];
  const facts: [string, string][] = [
    ['Ended by', `${text('endedBy')}${record['endedByBasis'] === 'inferred' ? ', inferred' : ''}`],
    ['Goodbye', farewellWords(text('farewell'))],
    ...(typeof silence === 'number' ? [['Silence after it', span(silence)] satisfies [string, string]] : []),
    ...(typeof startedAt === 'number' && typeof endedAt === 'number'
      ? [['Lasted', span(endedAt - startedAt)] satisfies [string, string]]
      : []),
    ...(disposition?.code === undefined
      ? []
      : [['Disposition', disposition.code] satisfies [string, string]]),
    ['Record', `version ${text('recordVersion')}`],
  ];
  return (
    <section class="ending card" aria-label="How it ended">
      <h2>
        Closed: {endWords(text('endReason'))} <span class="mono soft">{text('endReason')}</span>
      </h2>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {(timers.length > 0 || effects.length > 0) && (
        <div class="columns">
          <div>
            <h3>Timers beyond the call</h3>
            <Timers timers={timers} effects={effects} />
          </div>
          <div>
            <h3>Effects beyond the call</h3>
            <Effects effects={effects} />
          </div>
        </div>
      )}
    </section>
  );
}

function Way({ data: { played, tapeProblem } }: { readonly data: CallData }) {
  const way = useMemo(() => travelled(played, CALL_CHART), [played]);
  return (
    <Card title="Way through the chart">
      {tapeProblem !== undefined && <p class="notice">{tapeProblem}</p>}
      <ChartView chart={CALL_CHART} travelled={way} title="Statechart of the call" />
    </Card>
  );
}

function Story({ data: { played, call } }: { readonly data: CallData }) {
  const phases = useMemo(() => tellStory(played), [played]);
  return (
    <Card title="Story">
      {phases.length === 0 ? (
        <p class="soft">The log holds no message of this call any more; its record tells the rest.</p>
      ) : (
        <StoryView phases={phases} startedAt={call?.startedAt ?? phases[0]?.at ?? 0} />
      )}
    </Card>
  );
}

interface FactsProps {
  readonly data: CallData;
  readonly call: ShownCall;
  readonly reveal: boolean;
  readonly onReveal: () => void;
}

/** Of a call that nobody holds any more: as its own messages tell it, while the log has them. */
function transcriptOf({ call, played }: CallData): readonly TranscriptLine[] | undefined {
  const open = call?.account?.['transcript'] as unknown as TranscriptLine[] | undefined;
  return open ?? played.findLast(({ state }) => state !== undefined)?.state?.account.transcript;
}

function Facts({ data, call, reveal, onReveal }: FactsProps) {
  const { account, record, legs } = call;
  const state = (account?.['state'] ?? record?.['state'] ?? {}) as JsonObject;
  const lines = transcriptOf(data);
  const button = (
    <button type="button" class="button quiet" aria-pressed={reveal} onClick={onReveal}>
      {reveal ? 'Hide again' : 'Reveal'}
    </button>
  );
  return (
    <>
      <Card title="Legs and their evidence">
        <Legs legs={legs} />
      </Card>
      <Card title="End functions">
        <Functions ledgers={ledgersOf(account, record)} />
      </Card>
      <Card title="Call state" aside={button}>
        {Object.keys(state).length === 0 ? (
          <p class="soft">Empty.</p>
        ) : (
          <JsonBlock label="Call state as JSON" value={state} />
        )}
      </Card>
      <Card title="Transcript" aside={lines === undefined ? undefined : button}>
        {lines === undefined ? (
          <p class="soft">It went with the messages of the call; the record holds none.</p>
        ) : (
          <Transcript lines={lines} />
        )}
      </Card>
      {record !== undefined && (
        <Card title="Record">
          <details>
            <summary>The whole record as JSON</summary>
            <JsonBlock label="Record as JSON" value={record} />
          </details>
        </Card>
      )}
    </>
  );
}
