/** The six states as six segments, filled up to the present one: read from afar. */
import { STATES } from '../words/states.ts';
import type { CallStateName } from '../../src/supervisor/view.ts';

export function StateTrack({ state }: { readonly state: CallStateName }) {
  const rank = STATES.indexOf(state);
  return (
    <span class={`track s-${state}`}>
      <span class="segments" aria-hidden="true">
        {STATES.map((name, index) => (
          <i key={name} class={index < rank ? 'past' : index === rank ? 'now' : ''} />
        ))}
      </span>
      <span class="track-name">{state}</span>
    </span>
  );
}
