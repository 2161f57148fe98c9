/** What is being done right now, and what was given up: to be tried again or thrown away, counted first. */
import { computed } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { DeadLetter } from '../../src/admin/stored.ts';
import type { EffectView } from '../../src/supervisor/view.ts';
import { post, wordsOf } from '../api.ts';
import { openCalls, revision } from '../calls-store.ts';
import { dayAndTime, plural, shortId } from '../format.ts';
import { mayAct } from '../node-info.ts';
import { Card, JsonBlock } from '../parts/call-facts.tsx';
import { ask } from '../parts/confirm.tsx';
import { Age } from '../parts/countdown.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { usePolled } from '../polled.ts';
import { link } from '../router.ts';
import { effectWords } from '../words/messages.ts';
import { textOf } from '../words/text.ts';

const LOOK_MS = 3_000;
const LETTERS_MAX = 500;
const EFFECTS_SHOWN = 100;

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

const underWay = computed(() => {
  void revision.value;
  return [...openCalls()].flatMap(({ callId, effects = [] }) =>
    effects.map((effect) => ({ callId, effect })),
  );
});

function EffectsUnderWay() {
  const all = underWay.value;
  return (
    <Card title="Effects under way" aside={<span class="soft">{plural(all.length, 'effect')}</span>}>
      {all.length === 0 ? (
        <p class="soft">
          Nothing is being asked of a carrier, a room, a gateway or an end function right now.
        </p>
      ) : (
        <Scroll label="Table of effects">
          <table class="plain">
            <thead>
              <tr>
                <th>Effect</th>
                <th>Attempt</th>
                <th>Now</th>
                <th>Asked</th>
                <th>Because of</th>
                <th>Call</th>
              </tr>
            </thead>
            <tbody>
              {all.slice(0, EFFECTS_SHOWN).map(({ callId, effect }) => (
                <EffectRow key={effect.effectId} callId={callId} effect={effect} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Card>
  );
}

const NOW: Readonly<Record<string, string>> = {
  attempting: 'under way',
  'backing-off': 'waits before the next attempt',
  noted: 'noted only: effects are paused',
};

function EffectRow({ callId, effect }: { readonly callId: string; readonly effect: EffectView }) {
  return (
    <tr>
      <td>{effectWords(effect)}</td>
      <td class="number">{effect.attempt}</td>
      <td>
        {NOW[effect.phase] ?? effect.phase}
        {effect.orphan && <span class="soft">, beyond the call</span>}
      </td>
      <td class="number">
        <Age since={effect.requestedAt} /> ago
      </td>
      <td>{effect.cause}</td>
      <td>
        <a class="mono" href={link(['calls', callId])} title={callId}>
          {shortId(callId)}
        </a>
      </td>
    </tr>
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

function Letters() {
  const path = `dead-letters?redact=1&limit=${LETTERS_MAX}`;
  const { data, problem, again } = usePolled<{ deadLetters: DeadLetter[] }>(path, LOOK_MS);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  const letters = (data?.deadLetters ?? []).toReversed();
  const marked = letters.filter(({ id }) => chosen.has(id));
  const choose = (ids: readonly string[], on: boolean): void => {
    const next = new Set(chosen);
    for (const id of ids)
      if (on) next.add(id);
      else next.delete(id);
    setChosen(next);
  };
  const act = async (action: Action): Promise<void> => {
    const { done, refused } = await each(marked, action);
    setChosen(new Set());
    setSaid([`${plural(done, 'dead letter')}: ${action} is on its way`, ...refused].join('. '));
    again();
  };
  return (
    <Card
      title="Dead letters"
      aside={
        mayAct() && letters.length > 0 ? (
          <div class="row">
            <ActButton action="redrive" count={marked.length} act={act} />
            <ActButton action="discard" count={marked.length} act={act} />
          </div>
        ) : null
      }
    >
      <p role="status" class={said === '' ? '' : 'notice'}>
        {said}
      </p>
      {problem !== undefined && <p class="notice bad">{problem}</p>}
      {data !== undefined && letters.length === 0 && (
        <p class="soft">None: nothing was given up, or all of it was settled.</p>
      )}
      {letters.length > 0 && <LetterTable letters={letters} chosen={chosen} choose={choose} />}
    </Card>
  );
}

interface ActProps {
  readonly action: Action;
  readonly count: number;
  readonly act: (action: Action) => Promise<void>;
}

/** Says how many before it asks, and asks before it does. */
function ActButton({ action, count, act }: ActProps) {
  const { title, text, yes } = QUESTIONS[action];
  const danger = action === 'discard';
  const question = {
    title: title(plural(count, 'dead letter')),
    text,
    yes: `${yes} ${count}`,
    danger,
    act: () => act(action),
  };
  return (
    <button
      type="button"
      class={`button ${danger ? 'danger' : ''}`}
      disabled={count === 0}
      onClick={() => ask(question)}
    >
      {yes} {count === 0 ? '' : count}
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
            <th>Given up</th>
            <th>Call</th>
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
      <td>
        <b>{name}</b>{' '}
        <span class="soft">
          {kind}, number {id}
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
      <td class="number">{dayAndTime(at)}</td>
      <td>
        {callId === undefined ? (
          <span class="soft">none</span>
        ) : (
          <a class="mono" href={link(['calls', callId])} title={callId}>
            {shortId(callId)}
          </a>
        )}
      </td>
    </tr>
  );
}
