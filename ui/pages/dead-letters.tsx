/** What is being done right now, and what was given up: to be tried again or thrown away, counted first. */
import { useState } from 'preact/hooks';
import type { DeadLetter } from '../../src/admin/stored.ts';
import { post, wordsOf } from '../api.ts';
import { dayAndTime, number, plural, shortId } from '../format.ts';
import { mayAct } from '../node-info.ts';
import { Card, JsonBlock } from '../parts/call-facts.tsx';
import { ask } from '../parts/confirm.tsx';
import { EffectsUnderWay } from '../parts/effects-under-way.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { usePolled } from '../polled.ts';
import { link, route, setQuery } from '../router.ts';
import { textOf } from '../words/text.ts';

const LOOK_MS = 3_000;
const LETTERS_MAX = 500;

export function DeadLettersPage() {
  return (
    <>
      <div class="page-head">
        <h1>Effects and dead letters</h1>
      </div>
      <EffectsUnderWay />
      <Letters />
    </>
  );
}

type Action = 'redrive' | 'discard';

const QUESTIONS: Readonly<Record<Action, { title: (what: string) => string; text: string; yes: string }>> = {
  redrive: {
    title: (what) => `Try ${what} again?`,
    text: 'Each goes back to where it came from, with the idempotency key that it had.',
    yes: 'Redrive',
  },
  discard: {
    title: (what) => `Throw ${what} away?`,
    text: 'What they hold is gone afterwards, and nothing tries them again.',
    yes: 'Discard',
  },
};

const KINDS: readonly { readonly kind: string; readonly title: string }[] = [
  { kind: '', title: 'All' },
  { kind: 'function', title: 'End functions' },
  { kind: 'leg', title: 'Legs without evidence' },
  { kind: 'input', title: 'Refused input' },
];

/** Only its sender can mend what was refused. */
const canRedrive = ({ kind }: DeadLetter): boolean => kind !== 'input';

function Letters() {
  const path = `dead-letters?redact=1&limit=${LETTERS_MAX}`;
  const { data, problem, again } = usePolled<{ deadLetters: DeadLetter[] }>(path, LOOK_MS);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  const all = (data?.deadLetters ?? []).toReversed();
  const kind = route.value.query.get('kind') ?? '';
  const letters = kind === '' ? all : all.filter((letter) => letter.kind === kind);
  const marked = letters.filter(({ id }) => chosen.has(id));
  const choose = (ids: readonly string[], on: boolean): void => {
    const next = new Set(chosen);
    for (const id of ids)
      if (on) next.add(id);
      else next.delete(id);
    setChosen(next);
  };
  const act = (concerned: readonly DeadLetter[]) => async (action: Action) => {
    const { done, refused } = await each(concerned, action);
    setChosen(new Set());
    setSaid([`${plural(done, 'dead letter')}: ${action} is on its way`, ...refused].join('. '));
    again();
  };
  return (
    <Card title="Dead letters">
      {all.length > 0 && (
        <div class="filters">
          <Kinds letters={all} shown={kind} />
          {mayAct() && (
            <div class="row">
              <ActButton action="redrive" concerned={marked.filter(canRedrive)} act={act} />
              <ActButton action="discard" concerned={marked} act={act} />
            </div>
          )}
        </div>
      )}
      <p role="status" class={said === '' ? '' : 'notice'}>
        {said}
      </p>
      {problem !== undefined && <p class="notice bad">{problem}</p>}
      {data !== undefined && all.length === 0 && (
        <p class="soft">None: nothing was given up, or all of it was settled.</p>
      )}
      {all.length >= LETTERS_MAX && <p class="soft">These are the newest {number(LETTERS_MAX)}.</p>}
      {all.length > 0 && letters.length === 0 && <p class="soft">None of this kind.</p>}
      {letters.length > 0 && <LetterTable letters={letters} chosen={chosen} choose={choose} />}
    </Card>
  );
}

function Kinds({ letters, shown }: { readonly letters: readonly DeadLetter[]; readonly shown: string }) {
  return (
    <div class="chips" role="group" aria-label="Which dead letters">
      {KINDS.map(({ kind, title }) => (
        <button
          key={kind}
          type="button"
          class="chip"
          aria-pressed={shown === kind}
          onClick={() => setQuery('kind', kind)}
        >
          {title} <b>{number(letters.filter((letter) => kind === '' || letter.kind === kind).length)}</b>
        </button>
      ))}
    </div>
  );
}

interface ActProps {
  readonly action: Action;
  /** Those that it can be done with. */
  readonly concerned: readonly DeadLetter[];
  readonly act: (concerned: readonly DeadLetter[]) => (action: Action) => Promise<void>;
}

/** Says how many before it asks, and asks before it does. */
function ActButton({ action, concerned, act }: ActProps) {
  const { title, text, yes } = QUESTIONS[action];
  const danger = action === 'discard';
  const count = concerned.length;
  const question = {
    title: title(plural(count, 'dead letter')),
    text,
    yes: `${yes} ${number(count)}`,
    danger,
    act: () => act(concerned)(action),
  };
  return (
    <button
      type="button"
      class={`button ${danger ? 'danger' : ''}`}
      disabled={count === 0}
      onClick={() => ask(question)}
    >
      {yes} {count === 0 ? '' : number(count)}
    </button>
  );
}

/** One after the other; those that were refused say why, and the rest goes on. */
async function each(
  letters: readonly DeadLetter[],
  action: Action,
): Promise<{ done: number; refused: string[] }> {
  let done = 0;
  const refused: string[] = [];
  for (const { id } of letters) {
    try {
      await post(`dead-letters/${id}/${action}`);
      done += 1;
    } catch (error) {
      refused.push(`Number ${id} was refused: ${wordsOf(error)}`);
    }
  }
  return { done, refused };
}

interface TableProps {
  readonly letters: readonly DeadLetter[];
  readonly chosen: ReadonlySet<string>;
  readonly choose: (ids: readonly string[], on: boolean) => void;
}

function LetterTable({ letters, chosen, choose }: TableProps) {
  const every = letters.every(({ id }) => chosen.has(id));
  return (
    <Scroll label="Table of dead letters">
      <table class="plain letters">
        <thead>
          <tr>
            <th>
              <input
                type="checkbox"
                aria-label="Choose all"
                checked={every}
                onChange={(event) =>
                  choose(
                    letters.map(({ id }) => id),
                    event.currentTarget.checked,
                  )
                }
              />
            </th>
            <th>What</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            <LetterRow
              key={letter.id}
              letter={letter}
              chosen={chosen.has(letter.id)}
              onChoose={(on) => choose([letter.id], on)}
            />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface RowProps {
  readonly letter: DeadLetter;
  readonly chosen: boolean;
  readonly onChoose: (on: boolean) => void;
}

const WHAT: Readonly<Record<string, string>> = {
  function: 'end function',
  leg: 'leg without evidence',
  input: 'refused input',
};

function LetterRow({ letter: { id, kind, callId, at, letter }, chosen, onChoose }: RowProps) {
  const facts = typeof letter === 'object' && letter !== null && !Array.isArray(letter) ? letter : {};
  const name = textOf(facts['function']) || textOf(facts['leg']) || textOf(facts['type']);
  const why = textOf(facts['error']) || textOf(facts['reason']) || textOf(facts['refusal']);
  const attempts = facts['attempts'];
  return (
    <tr class={chosen ? 'chosen' : ''}>
      <td>
        <input
          type="checkbox"
          aria-label={`Choose number ${id}`}
          checked={chosen}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      </td>
      <td class="what">
        <b>{name}</b>
        <span class="soft">
          {WHAT[kind] ?? kind}, number {id}
        </span>
        <span class="soft">
          {dayAndTime(at)}
          {callId !== undefined && (
            <>
              {', '}
              <a class="mono" href={link(['calls', callId])} title={callId}>
                {shortId(callId)}
              </a>
            </>
          )}
        </span>
      </td>
      <td class="why">
        <span>{why}</span>
        {typeof attempts === 'number' && <span class="soft"> {plural(attempts, 'attempt')}</span>}
        <details>
          <summary>All of it</summary>
          <JsonBlock label={`Dead letter ${id}`} value={letter} />
        </details>
      </td>
    </tr>
  );
}
