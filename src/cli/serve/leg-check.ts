/**
 * Tells early what would fail late: a leg that its provider cannot address (no id, an account that is
 * missing or not clear) is alarmed about when the call names it, and not only when it is to be hung up.
 */
import type { LegAddress } from '../../carriers/carrier.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Message } from '../../contract/message.ts';

interface Addressing {
  refuses(leg: LegAddress): string | undefined;
}

/** Of an open call, by key. */
type Legs = Readonly<Record<string, { readonly provider: string; readonly address: object }>>;

export interface LegCheckOptions {
  readonly carriers: ReadonlyMap<string, Addressing>;
  readonly rooms: ReadonlyMap<string, Addressing>;
  readonly onAlarm: (code: string, data: JsonObject) => void;
}

/** For every message that an owner read, with its verdict and the legs of its call. Never throws. */
export function checkLegs(
  { carriers, rooms, onAlarm }: LegCheckOptions,
  verdict: string,
  message: Message | undefined,
  legsOf: (callId: string) => { readonly legs: Legs } | undefined,
): void {
  if (verdict !== 'applied' || message === undefined) return;
  const { type, callId, data } = message;
  if (type !== 'call.started' && type !== 'leg.added') return;
  for (const [leg, { provider, address }] of Object.entries(legsOf(callId)?.legs ?? {})) {
    if (type === 'leg.added' && leg !== data['key']) continue;
    const detail = (carriers.get(provider) ?? rooms.get(provider))?.refuses(address as LegAddress);
    if (detail !== undefined) onAlarm('leg_unaddressable', { callId, leg, provider, detail });
  }
}
