/**
 * A real nats-server for tests: its own port on loopback, its own folder, ended by its own pid.
 * It can be killed and started again on the same port and folder.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../clock/system-clock.ts';
import { endWithUs } from './end-with-us.ts';
import { findNatsServer, NatsServerNotFound } from './nats-binary.ts';

/** A cold start takes 20 to 200 ms; a loaded machine may need much longer. */
const START_TIMEOUT_MS = 20_000;
const POLL_MS = 10;

export interface NatsServerOptions {
  /** Configuration text, without port and JetStream folder. Default: JetStream only. */
  readonly config?: string;
  /** Kept at the end when given; otherwise a temporary folder, removed at the end. */
  readonly storeDir?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Path of the binary; default: {@link findNatsServer}. */
  readonly binary?: string;
  /** Environment beside the present one, for configurations that name variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** In a process group of its own, so that Ctrl-C in a terminal does not reach it. Default false. */
  readonly detached?: boolean;
}

export interface RunningNatsServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now. */
  readonly pid: number;
  readonly storeDir: string;
  /** Sends a signal and, for one that ends the process, waits for its end. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and folder; ends it first when it runs. */
  restart(): Promise<void>;
  /** Ends it and removes the temporary folder. Idempotent. */
  stop(): Promise<void>;
}

/** The server ended or did not listen in time. Its own words are in the message. */
export class NatsServerFailed extends Error {
  readonly code = 'nats_server_failed';
  constructor(output: string) {
    super(`nats-server did not start; it said:\n${output}`);
    this.name = 'NatsServerFailed';
  }
}

/** Starts a server with JetStream. Throws {@link NatsServerNotFound}, {@link NatsServerFailed}. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<RunningNatsServer> {
  const binary = options.binary ?? findNatsServer({ ...process.env, ...options.env });
  if (binary === undefined) throw new NatsServerNotFound();
  const folder = await mkdtemp(join(tmpdir(), 'onhook-nats-'));
  const server = new ServerProcess(binary, folder, options);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class ServerProcess implements RunningNatsServer {
  readonly storeDir: string;
  port: number;
  private readonly binary: string;
  private readonly folder: string;
  private readonly options: NatsServerOptions;
  private child: ChildProcess | undefined;
  private output = '';
  /** A test that fails half-way must not leave a server behind. */
  private readonly endWithUs = (): void => {
    this.child?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  };

  constructor(binary: string, folder: string, options: NatsServerOptions) {
    this.binary = binary;
    this.folder = folder;
    this.options = options;
    this.storeDir = options.storeDir ?? join(folder, 'store');
    // -1 lets the server choose a free one and write it down.
    this.port = options.port ?? -1;
    process.once('exit', this.endWithUs);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const config = join(this.folder, 'server.conf');
    await writeFile(config, this.options.config ?? '');
    const args = ['-c', config, '-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.storeDir];
    const child = spawn(this.binary, [...args, '--ports_file_dir', this.folder], {
      env: { ...process.env, ...this.options.env },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: this.options.detached ?? false,
    });
    endWithUs(child);
    this.child = child;
    this.output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      this.output = (this.output + chunk.toString('utf8')).slice(-8_000);
    });
    child.on('error', (error) => (this.output += error.message));
    this.port = await this.listening(child);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (child === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT' && signal !== 'SIGHUP') await ended;
  }

  async restart(): Promise<void> {
    await this.kill('SIGKILL');
    await this.start();
  }

  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    process.off('exit', this.endWithUs);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The server writes its ports once it listens, under a name that carries its pid. */
  private async listening(child: ChildProcess): Promise<number> {
    for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
      if (child.pid === undefined || hasEnded(child)) break;
      const port = await this.writtenPort(child.pid);
      if (port !== undefined) return port;
      await new Promise<void>((resolve) => systemClock.after(POLL_MS, resolve));
    }
    throw new NatsServerFailed(this.output);
  }

  private async writtenPort(pid: number): Promise<number | undefined> {
    const name = (await readdir(this.folder)).find((file) => file.endsWith(`_${pid}.ports`));
    if (name === undefined) return undefined;
    const port = /"nats":\s*\[\s*"[^"]*:(\d+)"/.exec(await readFile(join(this.folder, name), 'utf8'))?.[1];
    return port === undefined ? undefined : Number(port);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
