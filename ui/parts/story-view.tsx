/** The story of a call, phase by phase. */
import { offset, span } from '../format.ts';
import type { Attempt, Followed, Happened, Phase } from '../story.ts';

interface Props {
  readonly phases: readonly Phase[];
  readonly startedAt: number;
  /** Marks the message that a replay stands at. */
  readonly seq?: number;
}

export function StoryView({ phases, startedAt, seq }: Props) {
  return (
    <ol class="story">
      {phases.map((phase, index) => (
        <li key={index} class={`phase s-${phase.state}`}>
          <h3>
            {phase.state}
            <span class="soft">
              {offset(phase.at - startedAt)}
              {phase.until === undefined ? '' : `, for ${span(phase.until - phase.at)}`}
            </span>
          </h3>
          <ol>
            {phase.happened.map((happened) => (
              <HappenedView
                key={happened.seq}
                happened={happened}
                startedAt={startedAt}
                now={happened.seq === seq}
              />
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}

function HappenedView({
  happened,
  startedAt,
  now,
}: {
  readonly happened: Happened;
  readonly startedAt: number;
  readonly now: boolean;
}) {
  const { at, speaker, words, verdict, followed, talk } = happened;
  return (
    <li
      class={`happened ${talk === undefined ? '' : 'talk'} ${verdict === undefined ? '' : 'refused'} ${now ? 'now' : ''}`}
    >
      <time class="number">{offset(at - startedAt)}</time>
      <span class={`speaker by-${speaker}`}>{speaker}</span>
      <div>
        <span class="what">{words}</span>
        {verdict !== undefined && <span class="verdict">not applied: {verdict}</span>}
        {followed.length > 0 && (
          <ul class="followed">
            {followed.map((one, index) => (
              <FollowedView key={index} followed={one} />
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

const SIGNS: Readonly<Record<Followed['kind'], string>> = {
  effect: '→',
  leg: '●',
  alarm: '⚠',
  state: '⇒',
  withdrawn: '×',
  told: '·',
};

function FollowedView({ followed }: { readonly followed: Followed }) {
  const { kind, words, mood, attempts } = followed;
  return (
    <li class={`${kind} ${mood} ${kind === 'state' ? `s-${words}` : ''}`}>
      <i aria-hidden="true">{SIGNS[kind]}</i>
      <span>
        {words}
        {alike(attempts).map((run) => (
          <AttemptsView
            key={run[0]?.attempt}
            run={run}
            many={attempts.length > 1 || (run[0]?.attempt ?? 1) > 1}
          />
        ))}
      </span>
    </li>
  );
}

/** Attempts one after the other that came to the same are told once. */
function alike(attempts: readonly Attempt[]): Attempt[][] {
  const runs: Attempt[][] = [];
  for (const attempt of attempts) {
    const last = runs.at(-1)?.[0];
    const same = last?.words !== undefined && last.words === attempt.words && last.detail === attempt.detail;
    if (same) runs.at(-1)?.push(attempt);
    else runs.push([attempt]);
  }
  return runs;
}

function AttemptsView({ run, many }: { readonly run: readonly Attempt[]; readonly many: boolean }) {
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined) return null;
  const { words, detail, mood } = first;
  const numbers =
    first === last ? `attempt ${first.attempt}` : `attempts ${first.attempt} to ${last.attempt}`;
  return (
    <span class={`attempt ${mood ?? 'open'} ${many ? 'many' : ''}`}>
      {many ? `${numbers}: ` : ''}
      {words ?? 'under way'}
      {detail === undefined ? '' : ` (${detail})`}
      {last.endedAt === undefined ? '' : `, ${span(last.endedAt - first.startedAt)}`}
    </span>
  );
}
