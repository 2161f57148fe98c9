/**
 * Nodes, calls, crashes and outages in any order (fast-check commands), compared with a model that knows
 * only which calls began, what was said on them, and which were asked to end. A failure prints its seed.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Effect } from '../../src/contract/effect.ts';
import { Fleet, TTL_MS } from './fleet.ts';
import type { TestNode } from './fleet.ts';
import { appliedTo } from './toy-fold.ts';

/** Raised on demand: `ONHOOK_PROPERTY_RUNS=1000`. */
const RUNS = Number(process.env['ONHOOK_PROPERTY_RUNS'] ?? 300);
const TIMEOUT_MS = Math.max(120_000, RUNS * 2_000);

/** What has to be true, whoever owns the partition. */
interface Model {
  /** Call → how often somebody spoke. */
  readonly spoken: Map<string, number>;
  readonly ended: Set<string>;
  readonly alive: Set<string>;
}

/** The real thing: all nodes that ever lived. */
class Real {
  readonly fleet = new Fleet();
  readonly living = new Map<string, TestNode>();
  readonly dead: TestNode[] = [];

  /** Who would send a request now. */
  actors(): string[] {
    const probe = { effectId: 'probe', kind: 'hang-up-leg' } as Effect;
    return [...this.living].flatMap(([name, node]) => {
      const live = node.node.stats().partitions[0]?.state === 'live';
      return live && node.owner().mayAct(probe) ? [name] : [];
    });
  }

  drop(name: string): void {
    const node = this.living.get(name);
    if (node !== undefined) this.dead.push(node);
    this.living.delete(name);
  }
}

type Step = fc.AsyncCommand<Model, Real>;

/** A step that may be taken when `may` says so; afterwards at most one node may act (log rule 9). */
function step(
  name: string,
  may: (model: Readonly<Model>) => boolean,
  run: (model: Model, real: Real) => Promise<void> | void,
): Step {
  return {
    check: may,
    run: async (model, real) => {
      await run(model, real);
      expect(real.actors().length, 'nodes that may act').toBeLessThanOrEqual(1);
    },
    toString: () => name,
  };
}

const always = (): boolean => true;

/** `settles`: what it dispatches is done at once; else it never is. */
const starts = (name: string, settles: boolean): Step =>
  step(
    `start ${name}${settles ? '' : ', whose requests are not answered'}`,
    ({ alive }) => !alive.has(name),
    async ({ alive }, real) => {
      alive.add(name);
      const node = real.fleet.add(name, { settle: settles });
      real.living.set(name, node);
      node.node.start();
      await real.fleet.pass(200);
    },
  );

const crashes = (name: string): Step =>
  step(
    `crash ${name}`,
    ({ alive }) => alive.has(name),
    ({ alive }, real) => {
      alive.delete(name);
      real.living.get(name)?.node.abort();
      real.drop(name);
    },
  );

const releases = (name: string): Step =>
  step(
    `stop ${name}`,
    ({ alive }) => alive.has(name),
    async ({ alive }, real) => {
      alive.delete(name);
      const closing = real.living.get(name)?.node.close();
      await real.fleet.pass(500);
      await closing;
      real.drop(name);
    },
  );

/** Its loop does not turn, as far as its renewals can see: it loses the partition (log rule 8). */
const blocks = (name: string): Step =>
  step(
    `block ${name}`,
    ({ alive }) => alive.has(name),
    (_model, real) => real.living.get(name)?.block(),
  );

const call = (id: number): string => `c${id}`;

const begins = (id: number): Step =>
  step(
    `begin ${call(id)}`,
    ({ spoken }) => !spoken.has(call(id)),
    ({ spoken }, { fleet }) => {
      spoken.set(call(id), 0);
      fleet.startCall(call(id));
    },
  );

const speaks = (id: number): Step =>
  step(
    `speak on ${call(id)}`,
    ({ spoken, ended }) => spoken.has(call(id)) && !ended.has(call(id)),
    ({ spoken }, { fleet }) => {
      spoken.set(call(id), (spoken.get(call(id)) ?? 0) + 1);
      fleet.publish(call(id), 'agent.spoke');
    },
  );

const ends = (id: number): Step =>
  step(
    `end ${call(id)}`,
    ({ spoken, ended }) => spoken.has(call(id)) && !ended.has(call(id)),
    ({ ended }, { fleet }) => {
      ended.add(call(id));
      fleet.publish(call(id), 'end.requested');
    },
  );

const passes = (ms: number): Step => step(`${ms} ms pass`, always, (_model, { fleet }) => fleet.pass(ms));

const outage = (ms: number): Step =>
  step(`the log is away for ${ms} ms`, always, async (_model, { fleet }) => {
    fleet.server.setAvailable(false);
    await fleet.pass(ms);
    fleet.server.setAvailable(true);
    await fleet.pass(100);
  });

const redelivers = (count: number): Step =>
  step(`${count} messages come again`, always, (_model, { fleet }) => fleet.server.redeliver(count));

const name = fc.constantFrom('a', 'b', 'c');
const id = fc.integer({ min: 1, max: 4 });

const steps = [
  fc.tuple(name, fc.boolean()).map(([node, settles]) => starts(node, settles)),
  name.map(crashes),
  name.map(releases),
  name.map(blocks),
  id.map(begins),
  id.map(speaks),
  id.map(speaks),
  id.map(ends),
  // A tick, a checkpoint, and the end of a lease.
  fc.constantFrom(50, 1_200, TTL_MS * 1.5).map(passes),
  fc.constantFrom(300, TTL_MS * 2).map(outage),
  fc.nat(50).map(redelivers),
];

/** A node that works takes over whatever is left, and must find exactly what the model knows. */
async function judge({ spoken, ended }: Model, real: Real): Promise<void> {
  for (const [left, node] of real.living) {
    node.node.abort();
    real.drop(left);
  }
  const last = await real.fleet.start('last');
  await real.fleet.pass(TTL_MS * 3);
  const table = last.node.seats[0]?.owner?.table;
  expect(last.node.stats().owned, 'the last node owns the partition').toBe(1);
  const open = [...spoken.keys()].filter((callId) => !ended.has(callId));
  expect([...(table?.calls.keys() ?? [])].toSorted(), 'open calls (invariant 26)').toEqual(open.toSorted());
  for (const callId of open) {
    const heard = appliedTo(table?.calls.get(callId)).filter((type) => type === 'agent.spoke').length;
    expect(heard, `words on ${callId} (invariant 13)`).toBe(spoken.get(callId));
  }
  const hungUp = [...real.dead, last].flatMap(({ dispatched }) => dispatched);
  const wanted = [...ended].map((callId) => `hangup-${callId}`);
  expect(new Set(hungUp.map(({ effectId }) => effectId)), 'hangups (invariants 2 and 6)').toEqual(
    new Set(wanted),
  );
  for (const callId of ended) expect(table?.isClosed(callId), `${callId} is closed`).toBe(true);
  last.node.abort();
}

it(
  'loses no call, repeats no word and hangs up what was asked to end, whatever fails (invariants 2, 13, 26, 32)',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 40, size: '+2' }), async (commands) => {
        const model: Model = { spoken: new Map(), ended: new Set(), alive: new Set() };
        const real = new Real();
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await judge(model, real);
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);
