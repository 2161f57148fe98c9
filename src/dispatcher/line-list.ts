/**
 * Asks a carrier which lines are up, within the same bounds as every other request to it: its lane, its
 * rate, its breaker. Never before a hangup.
 */
import { Cancellation } from '../carriers/cancellation.ts';
import type { Carrier } from '../carriers/carrier.ts';
import type { Clock } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Capacity } from './capacity.ts';
import type { LineList, LiveLine } from './line-port.ts';

/** A hundred thousand lines at Twilio, half as many at others: what is beyond is not looked at. */
const PAGES_MAX = 500;
/** Four requests a second at most: far below what any carrier limits, and no round is in a hurry. */
const PAGE_PAUSE_MS = 250;
/** A page is a few hundred KiB. */
const PAGE_TIMEOUT_MS = 15_000;

/** Of every carrier that can list. */
export function createLineLists(carriers: Iterable<Carrier>, capacity: Capacity, clock: Clock): LineList[] {
  return [...carriers].flatMap((carrier) =>
    carrier.list === undefined
      ? []
      : [
          {
            provider: carrier.provider,
            pages: (onRefused) => pagesOf(carrier, capacity, clock, onRefused),
          },
        ],
  );
}

async function* pagesOf(
  carrier: Carrier,
  capacity: Capacity,
  clock: Clock,
  onRefused: (code: string) => void,
): AsyncGenerator<readonly LiveLine[]> {
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { result, data, code } = await ask(carrier, capacity, cursor);
    if (result === 'fatal' && code !== undefined) onRefused(code);
    if (result !== 'live' || data === undefined) return;
    const lines = data['lines'] as unknown as Omit<LiveLine, 'provider'>[];
    yield lines.map((line) => ({ ...line, provider: carrier.provider }));
    if (typeof data['next'] !== 'string') return;
    cursor = data['next'];
    await new Promise<void>((resolve) => void clock.after(PAGE_PAUSE_MS, resolve));
  }
}

function ask(carrier: Carrier, capacity: Capacity, cursor: string | undefined): Promise<Outcome> {
  const options = {
    cancellation: new Cancellation(),
    timeoutMs: PAGE_TIMEOUT_MS,
    idempotencyKey: '',
  };
  return new Promise((resolve) => {
    capacity.lane('provider', carrier.provider).offer({
      urgent: false,
      requests: 1,
      run: () => {
        const asked = carrier.list?.(cursor, options) ?? Promise.resolve<Outcome>({ result: 'fatal' });
        void asked.then(resolve);
        return asked;
      },
      refuse: resolve,
    });
  });
}
