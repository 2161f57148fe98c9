/**
 * A LiveKit agent as its users write one: a worker that takes jobs of a real server, each with a session,
 * a model and a voice. The model is LiveKit's own fake one; the voice is a tone, so that a caller can
 * tell how much of it was heard. What it says and when it hangs up is settled by the room's name.
 */
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cli, defineAgent, ServerOptions, tts, voice } from '@livekit/agents';
import { AudioFrame } from '@livekit/rtc-node';
import { connectGateway } from 'onhook/gateway';
import { attachAgentSession } from 'onhook/livekit-agents';

const SAMPLE_RATE = 24_000;
const FRAME = SAMPLE_RATE / 50;
/** Each word of the fake voice, in 20 ms frames of tone. */
const FRAMES_PER_WORD = 25;

class ToneStream extends tts.ChunkedStream {
  label = 'tone';

  async run() {
    const frames = this.inputText.split(' ').length * FRAMES_PER_WORD;
    for (let at = 0; at < frames; at += 1) {
      const samples = Int16Array.from(
        { length: FRAME },
        (_, n) => 12_000 * Math.sin(((at * FRAME + n) * 440 * 2 * Math.PI) / SAMPLE_RATE),
      );
      const frame = new AudioFrame(samples, SAMPLE_RATE, 1, FRAME);
      this.queue.put({ requestId: 'tone', segmentId: 'tone', frame, final: at === frames - 1 });
    }
  }
}

class Tone extends tts.TTS {
  label = 'tone';

  constructor() {
    super(SAMPLE_RATE, 1, { streaming: false });
  }

  synthesize(text, connOptions, abortSignal) {
    return new ToneStream(text, this, connOptions, abortSignal);
  }

  stream() {
    throw new TypeError('the tone is made in one piece');
  }
}

const REPLIES = [
  { input: 'bye', toolCalls: [{ name: 'end_call', args: {} }] },
  { input: '"say goodbye to the user"', content: 'Thank you and goodbye.' },
];

// oxlint-disable-next-line import/no-default-export -- LiveKit takes no other
export default defineAgent({
  entry: async (ctx) => {
    const client = await connectGateway({ servers: process.env.ONHOOK_NATS_URL, gateway: 'livekit' });
    ctx.addShutdownCallback(() => client.close());
    await ctx.connect();
    await ctx.waitForParticipant();
    const [mode] = ctx.room.name.split('-');
    const session = new voice.AgentSession({ llm: new voice.testing.FakeLLM(REPLIES), tts: new Tone() });
    const { call, endCallTool } = attachAgentSession(session, { client, mode });
    appendFileSync(process.env.AGENT_JOBS, `${call.callId} ${process.pid}\n`);
    await session.start({
      agent: new voice.Agent({ instructions: 'You help callers.', tools: [endCallTool] }),
      room: ctx.room,
      record: false,
    });
    if (ctx.room.name.endsWith('bye')) session.generateReply({ userInput: 'bye' });
  },
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  cli.runApp(
    new ServerOptions({
      agent: fileURLToPath(import.meta.url),
      host: '127.0.0.1',
      port: Number(process.env.AGENT_PORT),
      numIdleProcesses: 1,
      // A busy machine takes its jobs too.
      loadFunc: async () => 0,
      initializeProcessTimeout: 60_000,
    }),
  );
}
