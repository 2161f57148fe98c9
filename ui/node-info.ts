/** The node that serves this page: who it is, what we may do, whether effects are paused. */
import { signal } from '@preact/signals';
import { get, tokenWanted } from './api.ts';
import { learnTime } from './clock.ts';

export interface NodeInfo {
  readonly nodeId: string;
  readonly version: string;
  readonly scope: 'read' | 'act';
  readonly now: number;
  readonly paused: boolean;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly dev?: { readonly scripts: readonly { readonly name: string; readonly title: string }[] };
}

const LOOK_MS = 5_000;

export const node = signal<NodeInfo | undefined>(undefined);
export const nodeAway = signal(false);

export const mayAct = (): boolean => node.value?.scope === 'act';

/** Asks once. */
export async function askNode(): Promise<void> {
  try {
    const info = await get<NodeInfo>('node');
    learnTime(info.now);
    node.value = info;
    nodeAway.value = false;
  } catch {
    nodeAway.value = !tokenWanted.value;
  }
}

/** Starts once, with the page. */
export function keepNode(): void {
  void askNode();
  setInterval(() => {
    if (!document.hidden) void askNode();
  }, LOOK_MS);
}
