/**
 * One Media Streams socket from `start` to the end. Twilio's frames become facts, onhook's commands
 * become frames. A stream that stops is only ever said to have stopped: the call may well go on
 * (field rule 20).
 */
import type { Json, JsonObject } from '../../contract/json.ts';
import type { GatewayCall } from '../call.ts';
import type { CommandHandlers, Commands } from '../command-desk.ts';
import { CommandRefused } from '../errors.ts';
import type { EndRequest, GatewayEvents, GatewayEventType, PublishArguments } from '../events.ts';
import type { MediaStream } from './media-stream.ts';
import { clearFrame, FRAME_MAX_BYTES, markFrame, mediaFrame, parseFrame } from './messages.ts';
import type { MediaStreamStart } from './messages.ts';
import type { MediaStreamOptions } from './options.ts';
import { Playout } from './playout.ts';
import { SOCKET_OPEN, textOf } from './socket.ts';
import type { MediaSocket } from './socket.ts';

/** Facts said before `start`; Twilio sends it within a second of the handshake. */
const EARLY_MAX = 64;

/** Marks of ours that are out: one per end attempt and clear. */
const MARKS_MAX = 64;

/** A stopped stream still answers commands this long: past `livenessMs` and what follows it. */
const STOPPED_GRACE_MS = 60_000;

/** How every audio frame of Twilio begins: told apart without parsing. */
const MEDIA = '{"event":"media"';

type OpenCall = (
  options: MediaStreamOptions,
  start: MediaStreamStart,
  handlers: CommandHandlers,
) => GatewayCall;

export class MediaStreamSession implements MediaStream {
  ignoredFrames = 0;
  private call: GatewayCall | undefined;
  private streamSid = '';
  private stopped = false;
  private closing = false;
  /** Counts what withdraws a mark that still waits for its audio. */
  private withdrawals = 0;
  private early: (() => void)[] = [];
  private readonly marks = new Set<string>();
  private readonly playout: Playout;
  private readonly socket: MediaSocket;
  private readonly options: MediaStreamOptions;
  private readonly openCall: OpenCall;

  constructor(socket: MediaSocket, options: MediaStreamOptions, openCall: OpenCall) {
    this.socket = socket;
    this.options = options;
    this.openCall = openCall;
    this.playout = new Playout(options.client.clock);
  }

  get callId(): string | undefined {
    return this.call?.callId;
  }

  listen(): this {
    this.socket.on('message', (data) => this.receive(data));
    this.socket.on('close', () => this.streamStopped());
    this.socket.on('error', () => undefined);
    return this;
  }

  sendAudio(audio: Uint8Array | string): boolean {
    const payload = typeof audio === 'string' ? audio : Buffer.from(audio).toString('base64');
    if (!this.isOpen() || !this.playout.admit(Buffer.byteLength(payload, 'base64'))) return false;
    this.socket.send(mediaFrame(this.streamSid, payload));
    return true;
  }

  clear(): void {
    this.playout.clear();
    this.publish('playback.cleared');
    if (this.isOpen()) this.socket.send(clearFrame(this.streamSid));
  }

  endCall(request: EndRequest = {}): void {
    this.publish('end.requested', request);
  }

  farewellStarted(farewell: GatewayEvents['farewell.started']): void {
    this.playout.startUtterance();
    this.publish('farewell.started', farewell);
  }

  farewellFinished(farewell: GatewayEvents['farewell.finished']): void {
    this.publish('farewell.finished', { audioMs: this.playout.utteranceMs(), ...farewell });
  }

  callerSpoke(text?: string, final?: boolean): void {
    this.publish('caller.spoke', {
      ...(text === undefined ? {} : { text }),
      ...(final === undefined ? {} : { final }),
    });
  }

  agentSpoke(): void {
    this.publish('agent.spoke');
  }

  transcript(role: string, text: string): void {
    this.publish('transcript.appended', { role, text });
  }

  state(patch: { [key: string]: Json }): void {
    this.publish('state.patched', { patch });
  }

  callLeft(cause?: string): void {
    this.publish('caller.left', cause === undefined ? {} : { cause });
  }

  publish<T extends GatewayEventType>(type: T, ...data: PublishArguments<T>): void {
    if (this.call !== undefined) this.call.publish(type, ...data);
    else if (this.early.length < EARLY_MAX) this.early.push(() => this.call?.publish(type, ...data));
  }

  private receive(data: unknown): void {
    const text = textOf(data, FRAME_MAX_BYTES);
    if (text?.startsWith(MEDIA) === true) return;
    const frame = text === undefined ? undefined : parseFrame(text);
    if (frame?.event === 'start' && this.call === undefined) return this.begin(frame.start);
    if (frame?.event === 'mark') return this.markEchoed(frame.name);
    if (frame?.event === 'stop') return this.streamStopped();
    if (frame === undefined || frame.event === 'start') this.ignoredFrames += 1;
  }

  private begin(start: MediaStreamStart): void {
    this.streamSid = start.streamSid;
    this.call = this.openCall(this.options, start, this.handlers());
    for (const say of this.early) say();
    this.early = [];
    this.options.onStart?.(this, start);
  }

  /** Only marks that onhook asked for are facts; the agent's own stay its own (field rule 6). */
  private markEchoed(name: string): void {
    if (this.marks.delete(name)) this.publish('mark.echoed', { name });
  }

  private streamStopped(): void {
    if (this.stopped || this.call === undefined) return;
    this.stopped = true;
    this.publish('stream.stopped');
    this.call.close(this.closing ? {} : { graceMs: STOPPED_GRACE_MS });
  }

  private handlers(): CommandHandlers {
    const { onCommandFarewell, onCommandSay, onEndCancelled, notices } = this.options;
    return {
      ...notices,
      mark: ({ name }) => this.sendMark(name),
      clear: () => this.dropPlayback(),
      close: ({ reason }) => this.end(reason),
      'end-cancelled': (command) => {
        this.reopen();
        return onEndCancelled?.(command, this);
      },
      ...(onCommandFarewell && {
        farewell: (command: Commands['farewell']) => this.speak(() => onCommandFarewell(command, this)),
      }),
      ...(onCommandSay && {
        say: (command: Commands['say']) => this.speak(() => onCommandSay(command, this)),
      }),
    };
  }

  private async sendMark(name: string): Promise<JsonObject> {
    const { withdrawals } = this;
    await this.options.beforeMark?.();
    if (this.withdrawals !== withdrawals) return { acted: false, why: 'superseded' };
    this.requireOpen();
    this.playout.raiseFence();
    if (this.marks.size < MARKS_MAX) this.marks.add(name);
    this.socket.send(markFrame(this.streamSid, name));
    return { audioMs: this.playout.remainingMs() };
  }

  private dropPlayback(): void {
    this.requireOpen();
    this.reopen();
    this.clear();
  }

  private speak(run: () => void | Promise<void>): void | Promise<void> {
    this.requireOpen();
    this.reopen();
    return run();
  }

  /** The agent may speak again: the end was cancelled, or onhook asks for another utterance. */
  private reopen(): void {
    this.withdrawals += 1;
    this.playout.lowerFence();
  }

  private end(reason: string | undefined): void {
    if (!this.closing) this.options.onClose?.(reason);
    this.closing = true;
    this.socket.close(1000, 'call ended');
  }

  private isOpen(): boolean {
    return this.streamSid !== '' && this.socket.readyState === SOCKET_OPEN;
  }

  private requireOpen(): void {
    if (!this.isOpen()) throw new CommandRefused('stream_closed');
  }
}
