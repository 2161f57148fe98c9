/** Every open call, what it waits for and what happens next; below, how the last ones ended. */
import { computed } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { ListedCall } from '../../src/admin/answers.ts';
import { closedCalls, held, loading, openCalls, problem, revision, unanswered } from '../calls-store.ts';
import { number, plural, shortId, span, timeOfDay } from '../format.ts';
import { post, wordsOf } from '../api.ts';
import { mayAct, node } from '../node-info.ts';
import { CallTable } from '../parts/call-table.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { link, route, setQuery } from '../router.ts';
import { endWords, farewellWords } from '../words/ends.ts';
import { STATES } from '../words/states.ts';

interface Filters {
  readonly state: string;
  readonly gateway: string;
  readonly text: string;
  readonly sort: string;
}

const filters = computed((): Filters => {
  const { query } = route.value;
  return {
    state: query.get('state') ?? '',
    gateway: query.get('gateway') ?? '',
    text: query.get('q') ?? '',
    sort: query.get('sort') ?? 'next',
  };
});

const ORDERS: Readonly<Record<string, (a: ListedCall, b: ListedCall) => number>> = {
  next: (a, b) => (a.nextTimer?.dueAt ?? Infinity) - (b.nextTimer?.dueAt ?? Infinity),
  oldest: (a, b) => a.startedAt - b.startedAt,
  newest: (a, b) => b.startedAt - a.startedAt,
  state: (a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state) || a.startedAt - b.startedAt,
};

const all = computed(() => {
  void revision.value;
  return [...openCalls()];
});

const shown = computed(() => {
  const { state, gateway, text, sort } = filters.value;
  const wanted = all.value.filter(
    (call) =>
      (state === '' || call.state === state) &&
      (gateway === '' || call.gateway === gateway) &&
      (text === '' || call.callId.toLowerCase().includes(text.toLowerCase())),
  );
  return wanted.sort(ORDERS[sort] ?? ORDERS['next']);
});

export function CallsPage() {
  return (
    <>
      <div class="page-head">
        <h1>Calls</h1>
        <TestCall />
      </div>
      <FilterBar />
      {problem.value !== '' && <p class="notice bad">{problem.value}</p>}
      {unanswered.value.length > 0 && (
        <p class="notice bad">
          Nobody answered for {plural(unanswered.value.length, 'partition')}: {unanswered.value.join(', ')}.
          Its calls are missing here.
        </p>
      )}
      {shown.value.length > 0 ? (
        <CallTable calls={shown.value} />
      ) : (
        <p class="empty">{loading.value ? 'Loading…' : emptyWords()}</p>
      )}
      <ClosedCalls />
    </>
  );
}

function emptyWords(): string {
  if (all.value.length > 0) return 'No open call matches these filters.';
  return node.value?.dev === undefined
    ? 'No call is open. A call shows itself here with its first message.'
    : 'No call is open. Start a test call to see one.';
}

function FilterBar() {
  return (
    <div class="filters" role="group" aria-label="Filters">
      <StateChips />
      <OtherFilters />
    </div>
  );
}

function StateChips() {
  const { state } = filters.value;
  const counts = new Map<string, number>();
  for (const call of all.value) counts.set(call.state, (counts.get(call.state) ?? 0) + 1);
  const chip = (name: string, title: string, count: number) => (
    <button
      key={name}
      type="button"
      class={`chip s-${name === '' ? 'all' : name}`}
      aria-pressed={state === name}
      onClick={() => setQuery('state', name)}
    >
      {name !== '' && <i aria-hidden="true" />}
      {title} <b>{number(count)}</b>
    </button>
  );
  return (
    <div class="chips">
      {chip('', 'All', all.value.length)}
      {STATES.filter((name) => name !== 'closed').map((name) => chip(name, name, counts.get(name) ?? 0))}
      {counts.has('closed') && chip('closed', 'closed, work left', counts.get('closed') ?? 0)}
    </div>
  );
}

function OtherFilters() {
  const { gateway, text, sort } = filters.value;
  const gateways = [...new Set(all.value.map((call) => call.gateway))].sort();
  return (
    <div class="row">
      <input
        type="search"
        placeholder="Call id"
        aria-label="Call id contains"
        value={text}
        onInput={(event) => setQuery('q', event.currentTarget.value)}
      />
      <select
        aria-label="Gateway"
        value={gateway}
        onChange={(event) => setQuery('gateway', event.currentTarget.value)}
      >
        <option value="">All gateways</option>
        {gateways.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label="Order"
        value={sort}
        onChange={(event) => setQuery('sort', event.currentTarget.value)}
      >
        <option value="next">Next to happen first</option>
        <option value="state">Furthest first</option>
        <option value="oldest">Oldest first</option>
        <option value="newest">Newest first</option>
      </select>
      <button
        type="button"
        class="button"
        aria-pressed={held.value}
        onClick={() => (held.value = !held.value)}
      >
        {held.value ? 'Go on' : 'Hold the list'}
      </button>
    </div>
  );
}

/** Only where the node plays calls for us. */
function TestCall() {
  const scripts = node.value?.dev?.scripts ?? [];
  const [script, setScript] = useState('happy-path');
  const [said, setSaid] = useState('');
  if (scripts.length === 0 || !mayAct()) return null;
  const start = async (): Promise<void> => {
    try {
      const { callId } = await post<{ callId: string }>('test-calls', { script });
      setSaid(`${shortId(callId)} rings`);
    } catch (error) {
      setSaid(wordsOf(error));
    }
  };
  return (
    <div class="row test-call">
      <span role="status" class="soft">
        {said}
      </span>
      <select
        aria-label="Test call"
        value={script}
        onChange={(event) => setScript(event.currentTarget.value)}
      >
        {scripts.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      <button type="button" class="button primary" onClick={() => void start()}>
        Send a test call
      </button>
    </div>
  );
}

const CLOSED_SHOWN = 20;

function ClosedCalls() {
  const calls = closedCalls.value;
  if (calls.length === 0) return null;
  return (
    <section aria-labelledby="closed">
      <h2 id="closed">Closed last</h2>
      <Scroll label="Table of closed calls">
        <table class="plain closed">
          <thead>
            <tr>
              <th>Call</th>
              <th>How it ended</th>
              <th>Goodbye</th>
              <th>Closed</th>
              <th>Lasted</th>
              <th>Gateway</th>
            </tr>
          </thead>
          <tbody>
            {calls
              .slice(0, CLOSED_SHOWN)
              .map(({ callId, gateway, startedAt, endedAt, closedAt, endedBy, endReason, farewell }) => (
                <tr key={callId}>
                  <td>
                    <a class="mono" href={link(['calls', callId])} title={callId}>
                      {shortId(callId)}
                    </a>
                  </td>
                  <td>
                    <span title={`${endReason ?? 'unknown'}, by ${endedBy ?? 'unknown'}`}>
                      {endWords(endReason ?? 'unknown')}
                    </span>
                  </td>
                  <td class="soft">{farewell === undefined ? '' : farewellWords(farewell)}</td>
                  <td class="number">{closedAt === undefined ? '' : timeOfDay(closedAt)}</td>
                  <td class="number">
                    {startedAt === undefined || endedAt === undefined ? '' : span(endedAt - startedAt)}
                  </td>
                  <td>{gateway}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
