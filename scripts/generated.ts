/** Files of this repository that are made from its code: path → text. */
import { callMachine } from '../machines/call/machine.ts';
import { effectMachine } from '../machines/effect/machine.ts';
import { partitionMachine } from '../machines/partition/machine.ts';
import type { Chart } from '../src/cli/machine/chart.ts';
import { configJsonSchema, configMarkdown } from '../src/config/show.ts';
import { statesMarkdown } from '../src/cli/machine/print.ts';
import { natsServerConfig } from '../src/log/nats/server-config.ts';
import { metricsMarkdown } from '../src/telemetry/metric-definitions.ts';
import { flatSvg, nestedSvg } from './pages/chart-svg.ts';
import { coverageMarkdown } from './pages/coverage-page.ts';
import { endReasonsMarkdown } from './pages/end-reasons-page.ts';
import { errorsMarkdown } from './pages/errors-page.ts';
import { eventsMarkdown } from './pages/events-page.ts';
import { matrixMarkdown } from './pages/matrix-page.ts';
import { pairsMarkdown } from './pages/pairs-page.ts';
import { seededBugsMarkdown } from './pages/seeded-bugs-page.ts';
import { asyncapiText } from './reference/asyncapi.ts';
import { llmsText } from './reference/llms.ts';
import { openapiText } from './reference/openapi.ts';
import { jsonText } from './reference/shape.ts';

function composeNatsConfig(): string {
  return natsServerConfig({
    prefix: 'onhook.v1',
    partitions: 1,
    host: '0.0.0.0',
    port: 4222,
    storeDir: '/data',
    auth: {
      onhook: { user: 'onhook', passwordVariable: 'ONHOOK_NATS_PASSWORD' },
      gateways: [{ gateway: 'gw1', user: 'gw1', passwordVariable: 'GATEWAY_NATS_PASSWORD' }],
    },
  });
}

/** A machine's configuration as plain data. */
function chartOf(config: unknown): Chart {
  return JSON.parse(JSON.stringify(config)) as Chart;
}

export const generated: Readonly<Record<string, () => string>> = {
  'docs/asyncapi.json': asyncapiText,
  'docs/config.md': configMarkdown,
  'docs/config.schema.json': () => jsonText(configJsonSchema()),
  'docs/end-reasons.md': endReasonsMarkdown,
  'docs/errors.md': errorsMarkdown,
  'docs/events.md': eventsMarkdown,
  'docs/metrics.md': metricsMarkdown,
  'docs/openapi.json': openapiText,
  'docs/seeded-bugs.md': seededBugsMarkdown,
  'docs/race-pairs.md': pairsMarkdown,
  'docs/states.md': () => `${statesMarkdown()}${matrixMarkdown()}`,
  'docs/diagrams/call.svg': () => nestedSvg('The states of a call', chartOf(callMachine.config)),
  'docs/diagrams/effect.svg': () => flatSvg('The states of an effect', chartOf(effectMachine.config)),
  'docs/diagrams/partition.svg': () =>
    flatSvg('The states of a partition on one node', chartOf(partitionMachine.config)),
  'deploy/nats.conf': composeNatsConfig,
  'llms.txt': llmsText,
};

/** Reports on the repository as it is at the moment: written by the same command, not held current. */
export const reports: Readonly<Record<string, () => string>> = {
  'docs/coverage.md': coverageMarkdown,
};
