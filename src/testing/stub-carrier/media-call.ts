/** One call of the media double: Twilio's half of one Media Streams socket. */
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Clock, TimerHandle } from '../../clock/clock.ts';
import { Playback } from './playback.ts';

/** Twilio sends 20 ms of mu-law per frame. */
const FRAME_MS = 20;
const FRAME_BYTES = 160;

/** mu-law silence. */
const SILENCE = Buffer.alloc(FRAME_BYTES, 0xff).toString('base64');

export interface MediaCallOptions {
  /** The gateway's WebSocket, loopback only. */
  readonly url: string;
  readonly callSid: string;
  readonly accountSid: string;
  readonly streamSid: string;
  readonly customParameters?: Readonly<Record<string, string>>;
  /** `never`: the mark is lost, as field reports have it. Default: echoed when played. */
  readonly marks?: 'echoed' | 'never';
  /** The caller's audio, silence, frame by frame. Default true. */
  readonly audio?: boolean;
  readonly clock: Clock;
  readonly speed: number;
  /** The caller hung up: the carrier's own account of the call changes. */
  readonly onHangUp: () => void;
}

export class MediaCall {
  readonly callSid: string;
  readonly streamSid: string;
  /** What the gateway sent, without audio: `mark <name>`, `clear` and `garbage`, in order. */
  readonly commands: string[] = [];
  readonly playback: Playback;
  /** The caller's audio so far, in frames of 20 ms. */
  framesSent = 0;
  /** Resolves once the socket is closed. */
  readonly closed: Promise<void>;
  private sequence = 0;
  private frames: TimerHandle | undefined;
  private stopped = false;
  private readonly socket: WebSocket;
  private readonly options: MediaCallOptions;

  constructor(options: MediaCallOptions) {
    this.options = options;
    this.callSid = options.callSid;
    this.streamSid = options.streamSid;
    this.socket = new WebSocket(options.url);
    this.playback = new Playback({
      clock: options.clock,
      speed: options.speed,
      onMark: (name) => this.sendEvent('mark', { mark: { name } }),
    });
    this.socket.on('message', (data) => this.receive(data));
    this.closed = new Promise((resolve) => this.socket.once('close', () => this.end(resolve)));
  }

  /** Waits for the handshake, then says `connected` and `start`. Rejects when nobody listens. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.socket.once('open', resolve).once('error', reject);
    });
    this.socket.on('error', () => undefined);
    const { callSid, accountSid, streamSid, customParameters = {} } = this.options;
    this.sendRaw(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
    const tracks = ['inbound'];
    this.sendEvent('start', {
      start: { streamSid, accountSid, callSid, tracks, mediaFormat, customParameters },
    });
    if (this.options.audio ?? true) this.sendFrame();
  }

  /** The caller puts the phone down: the carrier's call ends, then `stop` and the socket's end. */
  hangUpByCaller(): void {
    this.options.onHangUp();
    this.stopStream();
  }

  /** Media ends, for whatever reason; what the carrier says about the call does not change. May run twice. */
  stopStream(): void {
    if (this.stopped) return;
    const { accountSid, callSid } = this.options;
    this.sendEvent('stop', { stop: { accountSid, callSid } });
    this.stopped = true;
    this.socket.close(1000);
  }

  /** The network takes the socket away without a word. */
  loseConnection(): void {
    this.socket.terminate();
  }

  /** Any text, for hostile tests. */
  sendRaw(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN && !this.stopped) this.socket.send(text);
  }

  private sendEvent(event: string, fields: object): void {
    this.sequence += 1;
    const sequenceNumber = String(this.sequence);
    this.sendRaw(JSON.stringify({ event, sequenceNumber, ...fields, streamSid: this.streamSid }));
  }

  private sendFrame(): void {
    const timestamp = String(this.framesSent * FRAME_MS);
    this.framesSent += 1;
    this.sendEvent('media', {
      media: { track: 'inbound', chunk: String(this.framesSent), timestamp, payload: SILENCE },
    });
    this.frames = this.options.clock.after(FRAME_MS / this.options.speed, () => this.sendFrame());
  }

  private receive(data: RawData): void {
    const frame = read(data);
    if (frame.event === 'media') this.playback.audio(Buffer.byteLength(frame.media?.payload ?? '', 'base64'));
    if (frame.event === 'mark') this.marked(frame.mark?.name ?? '');
    if (frame.event === 'garbage') this.commands.push('garbage');
    if (frame.event === 'clear') {
      this.commands.push('clear');
      this.playback.clear();
    }
  }

  private marked(name: string): void {
    this.commands.push(`mark ${name}`);
    if (this.options.marks !== 'never') this.playback.mark(name);
  }

  private end(done: () => void): void {
    this.stopped = true;
    this.frames?.cancel();
    this.playback.stop();
    done();
  }
}

interface SentFrame {
  readonly event?: string;
  readonly media?: { readonly payload?: string };
  readonly mark?: { readonly name?: string };
}

/** The protocol is text; `ws` hands it over as one Buffer. */
function read(data: RawData): SentFrame {
  try {
    return JSON.parse((data as Buffer).toString('utf8')) as SentFrame;
  } catch {
    return { event: 'garbage' };
  }
}
