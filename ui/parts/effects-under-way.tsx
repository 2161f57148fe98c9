/** What is being asked of carriers, rooms, gateways and end functions right now, over all calls. */
import { computed } from '@preact/signals';
import type { EffectView } from '../../src/supervisor/view.ts';
import { openCalls, revision } from '../calls-store.ts';
import { number, plural, shortId } from '../format.ts';
import { link } from '../router.ts';
import { effectWords } from '../words/messages.ts';
import { Card } from './call-facts.tsx';
import { Age } from './countdown.tsx';
import { Scroll } from './scroll.tsx';

const EFFECTS_SHOWN = 100;

const underWay = computed(() => {
  void revision.value;
  return [...openCalls()].flatMap(({ callId, effects = [] }) =>
    effects.map((effect) => ({ callId, effect })),
  );
});

export function EffectsUnderWay() {
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
      {all.length > EFFECTS_SHOWN && <p class="soft">And {number(all.length - EFFECTS_SHOWN)} more.</p>}
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
