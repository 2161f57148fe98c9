/** The fleet: who owns what, how far behind, whose clock is off, which gateways have calls. */
import type { NodeReport } from '../../src/admin/answers.ts';
import type { PartitionView } from '../../src/supervisor/view.ts';
import { dayAndTime, number, plural, shortId, span } from '../format.ts';
import { Card } from '../parts/call-facts.tsx';
import { Age } from '../parts/countdown.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { usePolled } from '../polled.ts';
import { link } from '../router.ts';

/** Nodes are asked over the network, and answer within a second. */
const LOOK_MS = 4_000;
/** A clock that is further off makes people misread logs; the fold does not care. */
const SKEW_MS = 1_000;
/** Less is the way from the server. */
const IN_STEP_MS = 50;
const LAG_MAX = 1_000;

interface Fleet {
  readonly now: number;
  readonly nodes: readonly NodeReport[];
  readonly unanswered: readonly number[];
  readonly server?: { readonly server: string; readonly version: string };
}

export function FleetPage() {
  const { data, problem } = usePolled<Fleet>('fleet', LOOK_MS);
  return (
    <>
      <div class="page-head">
        <h1>Fleet</h1>
        {data?.server !== undefined && (
          <p class="soft">
            NATS {data.server.version}, server{' '}
            <span class="mono" title={data.server.server}>
              {shortId(data.server.server)}
            </span>
          </p>
        )}
      </div>
      {problem !== undefined && <p class="notice bad">{problem}</p>}
      {data === undefined ? <p class="empty">Asking every node…</p> : <Answers fleet={data} />}
    </>
  );
}

/** Nodes that this page has heard, and when: one that dies should not just vanish. */
const heardAt = new Map<string, number>();

/** Those that were here and are silent, for as long as the page is open. */
function silentOf({ nodes, now }: Fleet): [string, number][] {
  for (const { nodeId } of nodes) heardAt.set(nodeId, now);
  return [...heardAt].filter(([nodeId]) => !nodes.some((node) => node.nodeId === nodeId));
}

function Answers({ fleet }: { readonly fleet: Fleet }) {
  const { nodes, unanswered } = fleet;
  return (
    <>
      {unanswered.length > 0 && (
        <p class="notice bad">
          No node speaks for {plural(unanswered.length, 'partition')}: {unanswered.join(', ')}. Their calls
          wait for an owner.
        </p>
      )}
      <div class="nodes">
        {nodes.map((node) => (
          <NodeCard key={node.nodeId} node={node} />
        ))}
        {silentOf(fleet).map(([nodeId, at]) => (
          <section key={nodeId} class="card node-card" aria-label={`Node ${nodeId}`}>
            <div class="card-head">
              <h2>{nodeId}</h2>
              <span class="bad">does not answer</span>
            </div>
            <p class="soft">
              Last heard <Age since={at} /> ago. Stopped, cut off, or too busy to answer within a second.
            </p>
          </section>
        ))}
      </div>
      <Partitions nodes={nodes} />
      <div class="columns">
        <Alarms nodes={nodes} />
        <Gateways nodes={nodes} />
      </div>
    </>
  );
}

/** The greatest, with its sign. */
function skewOf(partitions: readonly PartitionView[]): number | undefined {
  const known = partitions.flatMap(({ clockAheadMs }) => clockAheadMs ?? []);
  return known.sort((a, b) => Math.abs(b) - Math.abs(a))[0];
}

function skewWords(ms: number | undefined): string {
  if (ms === undefined) return 'unknown';
  if (Math.abs(ms) < IN_STEP_MS) return 'in step with the log';
  return `${span(Math.abs(ms))} ${ms < 0 ? 'behind' : 'ahead of'} the log`;
}

function NodeCard({ node }: { readonly node: NodeReport }) {
  const { nodeId, version, owned, openCalls, paused, partitions } = node;
  const skew = skewOf(partitions);
  const lag = Math.max(0, ...partitions.map((partition) => partition.lag));
  const facts: [string, string, boolean][] = [
    ['Open calls', number(openCalls), false],
    ['Owns', plural(owned, 'partition'), false],
    ['Behind the log', plural(lag, 'message'), lag > LAG_MAX],
    ['Clock', skewWords(skew), Math.abs(skew ?? 0) > SKEW_MS],
  ];
  return (
    <section class="card node-card" aria-label={`Node ${nodeId}`}>
      <div class="card-head">
        <h2>{nodeId}</h2>
        <span class="soft">
          onhook {version}
          {paused ? ', paused' : ''}
        </span>
      </div>
      <dl>
        {facts.map(([name, value, bad]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class={bad ? 'bad' : ''}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The owner's words on each partition, else those of whoever follows. */
function Partitions({ nodes }: { readonly nodes: readonly NodeReport[] }) {
  const byPartition = new Map<number, { seen: PartitionView; by: string }>();
  for (const { nodeId, partitions } of nodes) {
    for (const seen of partitions) {
      const known = byPartition.get(seen.partition);
      if (known === undefined || seen.state === 'live') byPartition.set(seen.partition, { seen, by: nodeId });
    }
  }
  const rows = [...byPartition.values()].sort((a, b) => a.seen.partition - b.seen.partition);
  return (
    <Card title="Partitions">
      <Scroll label="Table of partitions">
        <table class="plain">
          <thead>
            <tr>
              <th>Partition</th>
              <th>Owner</th>
              <th>State</th>
              <th>Open calls</th>
              <th>Lag</th>
              <th>Unconfirmed</th>
              <th>Epoch</th>
              <th>Era</th>
              <th>Checkpoint</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ seen, by }) => (
              <PartitionRow
                key={seen.partition}
                seen={seen}
                by={by}
                silent={!nodes.some(({ nodeId }) => nodeId === seen.owner)}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  );
}

interface PartitionProps {
  readonly seen: PartitionView;
  readonly by: string;
  /** Its owner did not answer. */
  readonly silent: boolean;
}

function PartitionRow({ seen, by, silent }: PartitionProps) {
  return (
    <tr>
      <td class="number">{seen.partition}</td>
      <td>
        {seen.owner ?? <span class="bad">nobody</span>}
        {seen.owner !== undefined && silent && <span class="bad"> does not answer</span>}
      </td>
      <td>
        <span class={seen.state === 'live' ? 'good' : 'bad'}>{seen.state}</span>
        {seen.state === 'live' ? '' : <span class="soft"> at {by}</span>}
      </td>
      <td class="number">{seen.openCalls}</td>
      <td class={`number ${seen.lag > LAG_MAX ? 'bad' : ''}`}>{seen.lag}</td>
      <td class="number">{seen.unconfirmed}</td>
      <td class="number">{seen.epoch ?? ''}</td>
      <td class="number">{seen.era}</td>
      <td class="number">
        {seen.checkpointAt === undefined ? (
          ''
        ) : (
          <>
            <Age since={seen.checkpointAt} /> ago
          </>
        )}
      </td>
    </tr>
  );
}

function Gateways({ nodes }: { readonly nodes: readonly NodeReport[] }) {
  const counts = new Map<string, number>();
  for (const { gateways = {} } of nodes) {
    for (const [name, count] of Object.entries(gateways)) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return (
    <Card title="Gateways with open calls">
      {counts.size === 0 ? (
        <p class="soft">None.</p>
      ) : (
        <ul class="gateways">
          {[...counts]
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([name, count]) => (
              <li key={name}>
                <a href={link(['calls'], { gateway: name })}>{name}</a>{' '}
                <span class="soft">{plural(count, 'call')}</span>
              </li>
            ))}
        </ul>
      )}
    </Card>
  );
}

const ALARMS_SHOWN = 20;

function Alarms({ nodes }: { readonly nodes: readonly NodeReport[] }) {
  const alarms = nodes
    .flatMap(({ nodeId, alarms: raised }) => raised.map((alarm) => ({ nodeId, ...alarm })))
    .sort((a, b) => b.at - a.at)
    .slice(0, ALARMS_SHOWN);
  return (
    <Card title="Alarms">
      {alarms.length === 0 ? (
        <p class="soft">None since these nodes started.</p>
      ) : (
        <ul class="alarms">
          {alarms.map(({ nodeId, code, at, data }, index) => (
            <li key={index}>
              <b class="bad">{code.replaceAll('_', ' ')}</b>
              <span class="soft">
                {dayAndTime(at)}, {nodeId}{' '}
                {Object.entries(data)
                  .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
                  .join(', ')}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
