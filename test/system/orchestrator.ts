/** `onhook serve` as its users run it: a process of its own, from the build, that can be killed and frozen. */
import { once } from 'node:events';
import { startCommand } from '../command.ts';
import { until } from './until.ts';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export class Orchestrator {
  private readonly child: ReturnType<typeof startCommand>;
  private readonly ended: Promise<unknown>;
  private said = { stdout: '', stderr: '' };

  constructor(env: NodeJS.ProcessEnv) {
    this.child = startCommand(['serve', '--json'], env);
    this.child.stdout.on('data', (chunk: Buffer) => (this.said.stdout += chunk.toString('utf8')));
    this.child.stderr.on('data', (chunk: Buffer) => (this.said.stderr += chunk.toString('utf8')));
    this.ended = once(this.child, 'close');
  }

  /** Until it says that it is ready. */
  async ready(): Promise<void> {
    await until(
      'the orchestrator says that it is ready',
      () => this.said.stdout.includes('\n') || this.hasEnded,
      () => this.said.stderr,
    );
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get stderr(): string {
    return this.said.stderr;
  }

  get stdout(): string {
    return this.said.stdout;
  }

  get adminUrl(): string {
    return this.readyLine.admin;
  }

  /** Where webhooks go. */
  get ingressUrl(): string {
    return this.readyLine.ingress;
  }

  private get readyLine(): { readonly admin: string; readonly ingress: string } {
    return JSON.parse(this.said.stdout.split('\n')[0] ?? '{}') as { admin: string; ingress: string };
  }

  /** Sends a signal; for one that ends the process, waits for its end. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return;
    this.child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await this.ended;
  }

  /** Resolves with the exit code. */
  async exit(): Promise<number | null> {
    await this.ended;
    return this.child.exitCode;
  }

  /** Ends it without ceremony, frozen or not. Idempotent. */
  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  async get(path: string): Promise<Answer> {
    return answerOf(await fetch(`${this.adminUrl}${path}`));
  }

  async post(path: string, body: object = {}): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return answerOf(
      await fetch(`${this.adminUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
    );
  }

  /** A sample of `/metrics`, 0 when there is none. `labels` as Prometheus writes them. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = await (await fetch(`${this.adminUrl}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name}${labels} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  /** State of an open or closed call as the API shows it, or undefined. */
  async stateOf(callId: string): Promise<string | undefined> {
    const { status, body } = await this.get(`/api/calls/${callId}`);
    return status === 200 ? String(body['state']) : undefined;
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
}
