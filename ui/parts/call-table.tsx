/** A virtual table: of ten thousand calls only those that can be seen are in the page. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ListedCall } from '../../src/admin/answers.ts';
import { shortId } from '../format.ts';
import { link } from '../router.ts';
import { look } from '../calls-store.ts';
import { endWords } from '../words/ends.ts';
import { waitsInShort } from '../words/states.ts';
import { thenOf } from '../words/timers.ts';
import { Age, Countdown } from './countdown.tsx';
import { moveByKey } from './row-keys.ts';
import { StateTrack } from './state-track.tsx';

/** As the style sheet has it. */
const ROW_WIDE = 46;
const ROW_NARROW = 96;
/** Above and below what is seen, so that scrolling shows rows at once. */
const SPARE = 6;
const NARROW = matchMedia('(max-width: 52rem)');

interface Sight {
  readonly top: number;
  readonly height: number;
  /** Height of a row. */
  readonly row: number;
}

/** What part of the list is in sight, as one scrolls and as the page changes its size. */
function useSight(scroller: RefObject<HTMLDivElement | null>): Sight {
  const [view, setView] = useState({ top: 0, height: 600, row: NARROW.matches ? ROW_NARROW : ROW_WIDE });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = (): void =>
      setView({
        top: element.scrollTop,
        height: element.clientHeight,
        row: NARROW.matches ? ROW_NARROW : ROW_WIDE,
      });
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      observer.disconnect();
    };
  }, [scroller]);
  return view;
}

export function CallTable({ calls }: { readonly calls: readonly ListedCall[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useSight(scroller);
  const first = Math.max(0, Math.floor(view.top / view.row) - SPARE);
  const last = Math.min(calls.length, Math.ceil((view.top + view.height) / view.row) + SPARE);
  const rows = calls.slice(first, last);
  look(rows.map(({ callId }) => callId));
  return (
    <div class="calls" role="table" aria-label="Open calls" aria-rowcount={calls.length + 1}>
      <div role="rowgroup">
        <div class="call-row head" role="row" aria-rowindex={1}>
          <span role="columnheader">State</span>
          <span role="columnheader">Waits for</span>
          <span role="columnheader">Next</span>
          <span role="columnheader">End</span>
          <span role="columnheader">Age</span>
          <span role="columnheader">Gateway</span>
          <span role="columnheader">Call</span>
        </div>
      </div>
      <div
        class="call-scroller"
        ref={scroller}
        role="rowgroup"
        tabIndex={-1}
        onKeyDown={(event) =>
          moveByKey(event, event.currentTarget, { count: calls.length, height: view.row })
        }
      >
        <div style={{ height: `${calls.length * view.row}px` }} role="presentation">
          <div style={{ transform: `translateY(${first * view.row}px)` }} role="presentation">
            {rows.map((call, index) => (
              <CallRow key={call.callId} call={call} index={first + index} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function CallRow({ call, index }: { readonly call: ListedCall; readonly index: number }) {
  const { callId, gateway, state, startedAt, value, nextTimer, endReason, endedBy } = call;
  const waits = state === 'closed' ? 'work that outlived the call' : waitsInShort(state, value);
  return (
    <div class="call-row" role="row" aria-rowindex={index + 2} data-call={callId}>
      <span role="cell">
        <StateTrack state={state} />
      </span>
      <span
        role="cell"
        class={`waits ${state === 'active' && waits === 'the conversation' ? 'usual' : ''}`}
        title={waits}
      >
        {waits}
      </span>
      <span role="cell" class="next">
        {nextTimer !== undefined && (
          <>
            <Countdown dueAt={nextTimer.dueAt} />{' '}
            <span class="then" title={nextTimer.timerId}>
              {thenOf(nextTimer.timerId, nextTimer.retries)}
            </span>
          </>
        )}
      </span>
      <span
        role="cell"
        class="end"
        title={endReason === undefined ? '' : `${endReason}, by ${endedBy ?? 'unknown'}`}
      >
        {endReason === undefined ? '' : endWords(endReason)}
      </span>
      <span role="cell" class="age number">
        <Age since={startedAt} />
      </span>
      <span role="cell" class="gateway" title={gateway}>
        {gateway}
      </span>
      <span role="cell" class="id">
        <a class="mono stretch" href={link(['calls', callId])} title={callId}>
          {shortId(callId)}
        </a>
      </span>
    </div>
  );
}
