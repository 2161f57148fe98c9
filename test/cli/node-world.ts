/** What tests of a running node stand on: a real NATS, the Twilio double, a gateway, nodes as child processes. */
import { systemClock } from '../../src/clock/system-clock.ts';
import { connectGateway } from '../../src/gateway/index.ts';
import type { CallPolicy, GatewayCall } from '../../src/gateway/index.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { runCli, startCli } from './run-cli.ts';
import type { CliResult, RunningCli } from './run-cli.ts';

const WAIT_MAX_MS = 25_000;

export interface ServingNode {
  readonly running: RunningCli;
  readonly admin: string;
  /** A command of the operator against this node. */
  run(...args: string[]): Promise<CliResult>;
}

export interface NodeWorld {
  readonly server: RunningNatsServer;
  readonly stubTwilio: StubTwilio;
  /** Killed at the end. */
  readonly nodes: RunningCli[];
  /** Starts a node and waits for its ready line. */
  serve(env?: NodeJS.ProcessEnv, flags?: readonly string[]): Promise<ServingNode>;
  /** A call that is up at Twilio; its marks are not echoed, its session closes when told. */
  startCall(sid: string, policy?: CallPolicy): GatewayCall;
  /** Waits for a condition, with a bound. Returns what the look returned. */
  until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T>;
  stop(): Promise<void>;
}

export async function startNodeWorld(): Promise<NodeWorld> {
  const nodes: RunningCli[] = [];
  const server = await startNatsServer();
  const stubTwilio = await startStubTwilio();
  const gateway = await connectGateway({ servers: server.url, gateway: 'gw1', clock: systemClock });
  const until: NodeWorld['until'] = async (what, look) => {
    for (const endsAt = systemClock.monotonic() + WAIT_MAX_MS; systemClock.monotonic() < endsAt;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>((resolve) => systemClock.after(20, resolve));
    }
    throw new Error(`waited in vain for ${what}: ${nodes.map((node) => node.stderr()).join('\n')}`);
  };
  return {
    server,
    stubTwilio,
    nodes,
    until,
    async serve(env = {}, flags = []) {
      const [account] = stubTwilio.accounts;
      const running = startCli(['serve', '--json', ...flags], {
        ONHOOK_NATS_URL: server.url,
        ONHOOK_ADMIN_PORT: '0',
        ONHOOK_INGRESS_PORT: '0',
        ONHOOK_NODE_ID: 'node-under-test',
        TWILIO_ACCOUNT_SID: account?.accountSid,
        TWILIO_AUTH_TOKEN: account?.authToken,
        ONHOOK_TWILIO_BASE_URL: stubTwilio.url,
        ...env,
      });
      nodes.push(running);
      const line = await until('the ready line', () => running.stdout().includes('\n') && running.stdout());
      const { admin } = JSON.parse(line) as { admin: string };
      return { running, admin, run: (...args) => runCli([...args, '--admin-url', admin]) };
    },
    startCall(sid, policy = {}) {
      stubTwilio.addCall({ sid });
      const call = gateway.call(sid, { handlers: { mark: () => ({}), close: () => ({}) } });
      call.publish('call.started', { provider: 'twilio', legs: { carrier: { callSid: sid } }, policy });
      return call;
    },
    async stop() {
      for (const { child } of nodes) child.kill('SIGKILL');
      await Promise.all(nodes.map(({ ended }) => ended));
      await gateway.close({ timeoutMs: 500 });
      await stubTwilio.close();
      await server.stop();
    },
  };
}
