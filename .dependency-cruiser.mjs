/**
 * The import rule. Imports point inward: machines ← actors ← supervisor ← cli; adapters are islands
 * that see ports and contract, never each other. `npm run imports` holds it, and a test plants one
 * violation of each rule to prove that it bites.
 */

/** Interfaces that the inner parts define and the adapters fill; any part but the machines may see them. */
const PORTS = [
  '^src/log/log[.]ts$',
  '^src/clock/',
  '^src/carriers/[^/]+[.]ts$',
  '^src/end-functions/end-function[.]ts$',
  '^src/dispatcher/[^/]*port[^/]*[.]ts$',
  '^src/supervisor/view[.]ts$',
];

const CONTRACT = '^src/contract/';
const MACHINES = '^machines/';
const TELEMETRY = '^src/telemetry/';
/** What the adapters over NATS share. */
const NATS = '^src/nats/';

/** Part → what of this repository it may see, besides itself. */
const PARTS = {
  clock: [],
  nats: ['^src/clock/'],
  log: [...PORTS, CONTRACT, NATS],
  actors: [...PORTS, CONTRACT, MACHINES],
  supervisor: [...PORTS, CONTRACT, MACHINES, TELEMETRY, '^src/actors/'],
  dispatcher: [...PORTS, CONTRACT, MACHINES, TELEMETRY],
  carriers: [...PORTS, CONTRACT, NATS],
  'end-functions': [...PORTS, CONTRACT],
  ingress: [...PORTS, CONTRACT, TELEMETRY],
  admin: [...PORTS, CONTRACT, MACHINES, TELEMETRY, '^src/actors/'],
  gateway: [CONTRACT, '^src/clock/'],
  'livekit-agents': [CONTRACT, '^src/clock/', '^src/gateway/'],
  config: [CONTRACT],
  telemetry: [...PORTS, CONTRACT],
};

/** Package, or family of packages (`@name/…`, `name-…`) → the only folders that may import it. */
const VENDORS = {
  'nats-io': [
    NATS,
    '^src/log/nats/',
    '^src/gateway/',
    '^src/carriers/gateway/',
    '^src/cli/',
    '^src/testing/',
    '^src/admin/query',
  ],
  xstate: [MACHINES, '^src/actors/', '^src/testing/', '^src/cli/'],
  twilio: ['^src/carriers/twilio/', '^src/ingress/', '^src/testing/'],
  'livekit-server-sdk': ['^src/carriers/livekit/', '^src/ingress/', '^src/testing/'],
  'livekit/agents': ['^src/livekit-agents/'],
  hono: ['^src/ingress/', '^src/admin/', '^src/testing/', '^src/cli/'],
  standardwebhooks: ['^src/end-functions/', '^src/testing/'],
  pg: ['^src/end-functions/shipped/sql[.]ts$'],
  aws4fetch: ['^src/end-functions/shipped/archive[.]ts$'],
  'prom-client': ['^src/telemetry/', '^src/admin/', '^src/cli/'],
  pino: ['^src/telemetry/', '^src/cli/'],
  commander: ['^src/cli/'],
  statelyai: ['^src/cli/inspect/'],
  opentelemetry: ['^src/telemetry/traces/'],
};

const OURS = '^(src|machines|test|bench|examples|scripts|ui)/';

const parts = Object.entries(PARTS).map(([part, allowed]) => ({
  name: `${part}-looks-inward`,
  comment: `src/${part} may see only itself and: ${allowed.join(', ') || 'nothing'}; take what you need as an argument`,
  from: { path: `^src/${part}/` },
  to: { path: OURS, pathNot: [`^src/${part}/`, ...allowed] },
}));

const vendors = Object.entries(VENDORS).map(([name, folders]) => ({
  name: `only-adapters-use-${name}`,
  comment: `${name} belongs in ${folders.join(', ')}; elsewhere use the port`,
  from: { path: '^(src|machines)/', pathNot: folders },
  to: { path: [`node_modules/@${name}/`, `node_modules/${name}[/-]`] },
}));

const rules = [
  {
    name: 'machines-are-pure',
    comment: 'machines import xstate and each other: no I/O, clock, logger, randomness, configuration',
    from: { path: MACHINES },
    to: { pathNot: [MACHINES, '(^|/)node_modules/xstate/'] },
  },
  {
    name: 'contract-knows-machines-as-types',
    comment: 'the contract may name a type of a machine (`import type`), and nothing else of this repository',
    from: { path: CONTRACT },
    to: { path: OURS, pathNot: [CONTRACT, MACHINES] },
  },
  {
    name: 'contract-runs-no-machine',
    comment: 'the contract may name a type of a machine, not run it: write `import type`',
    from: { path: CONTRACT },
    to: { path: MACHINES, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'carriers-are-islands',
    comment: 'providers never see each other; what they share is a port beside their folders',
    from: { path: '^src/carriers/([^/]+)/' },
    to: { path: '^src/carriers/[^/]+/', pathNot: '^src/carriers/$1/' },
  },
  {
    name: 'log-adapters-are-islands',
    comment: 'the two adapters of the log never see each other; what they share is beside log.ts',
    from: { path: '^src/log/([^/]+)/' },
    to: { path: '^src/log/[^/]+/', pathNot: '^src/log/$1/' },
  },
  {
    name: 'the-log-port-knows-no-adapter',
    comment: 'log.ts and its neighbours are what the adapters fill',
    from: { path: '^src/log/[^/]+[.]ts$' },
    to: { path: '^src/log/[^/]+/' },
  },
  {
    name: 'only-adapters-share-nats',
    comment:
      'src/nats belongs to the adapters over NATS: src/log/nats and src/carriers/gateway; elsewhere use the port',
    from: { path: '^(src|machines)/', pathNot: [NATS, '^src/log/nats/', '^src/carriers/gateway/'] },
    to: { path: NATS },
  },
  {
    name: 'nobody-imports-the-cli',
    comment: 'the composition root is the outermost part; move what is shared inward',
    from: { path: '^(src|machines)/', pathNot: '^src/cli/' },
    to: { path: '^src/cli/' },
  },
  {
    name: 'doubles-stay-outside',
    comment: 'src/testing is published for tests; production code other than the cli never runs on doubles',
    from: { path: '^src/', pathNot: ['^src/testing/', '^src/cli/', '^src/index[.]ts$'] },
    to: { path: '^src/testing/' },
  },
  {
    name: 'source-knows-no-tests',
    comment: 'published code does not import tests, benchmarks, examples or scripts',
    from: { path: '^(src|machines)/' },
    to: { path: '^(test|bench|examples|scripts)/' },
  },
  {
    name: 'no-development-packages',
    comment:
      'published code imports `dependencies` and optional peers only: move the package there in package.json',
    from: { path: '^(src|machines)/' },
    to: {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
      dependencyTypesNot: ['type-only', 'npm-peer'],
    },
  },
  {
    name: 'resolvable',
    comment: 'the imported file or package does not exist',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-cycles',
    comment: 'break the cycle: move what both need into a file of its own',
    from: {},
    to: { circular: true },
  },
];

export default {
  forbidden: [...rules, ...parts, ...vendors].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts'],
    },
  },
};
