/** What happens on a simulated call: one of the ways in which calls go, with the caller free to leave. */
import type { JsonObject } from '../../contract/json.ts';
import type { GatewayCall, Manners } from './gateways.ts';
import { DUPLICATED } from './gateways.ts';
import { POISON } from './poison.ts';
import type { Line, Lines } from './providers.ts';
import { LINE_PROVIDER } from './providers.ts';
import type { World } from './world.ts';

/** A call being played. */
export interface Stage {
  readonly world: World;
  readonly call: GatewayCall;
  readonly carrier: Line;
  readonly lines: Lines;
  /** After so many ms. */
  readonly later: (ms: number, act: () => void) => void;
  readonly operator: (command: 'end-requested' | 'kill-requested' | 'end-cancelled') => void;
}

/** One way in which a call goes. */
export interface Script {
  readonly name: string;
  readonly start?: JsonObject;
  readonly policy?: JsonObject;
  readonly capabilities?: JsonObject;
  readonly manners?: Manners;
  readonly curse?: NonNullable<Line['curse']>;
  /** What the gateway says first comes before the start of the call, and is more than is held. */
  readonly late?: boolean;
  /** The far end may not leave by chance. */
  readonly steadfast?: boolean;
  /** From here on `stage.later` counts. */
  readonly play: (stage: Stage) => void;
}

const end = (farewell: string | JsonObject, more: JsonObject = {}): JsonObject => ({ farewell, ...more });

const spoken: Script['play'] = ({ call, later }) =>
  later(3_000, () => call.publish('end.requested', end('spoken')));

const reply: Script['play'] = ({ call, later }) => {
  later(3_000, () => call.publish('end.requested', end('reply')));
  later(3_500, () => call.say('goodbye'));
};

const said: Script['play'] = ({ call, later }) =>
  later(3_000, () => call.publish('end.requested', end({ say: 'goodbye' })));

const silent: Script['play'] = () => undefined;

/** What may end a call, as two sides do it in the same moment. */
const ENDS: readonly [Script['play'], ...Script['play'][]] = [
  ({ call }) => call.publish('end.requested', end('spoken')),
  ({ call }) => call.publish('end.requested', end('none')),
  ({ call }) => call.publish('caller.left'),
  ({ lines, carrier }) => lines.end(carrier, 'far end'),
  ({ call }) => call.publish('call.transferred', { survivors: ['carrier'] }),
  ({ call }) => call.publish('stream.stopped'),
  ({ operator }) => operator('kill-requested'),
  ({ operator }) => operator('end-requested'),
];

const CAN_SPEAK: JsonObject = { say: true, farewell: true, farewellEvents: true };

/** Every script; a world draws from them. */
export const SCRIPTS: readonly [Script, ...Script[]] = [
  { name: 'the farewell was spoken', play: spoken },
  { name: 'the reply is the farewell', capabilities: CAN_SPEAK, play: reply },
  { name: 'onhook says the farewell', capabilities: CAN_SPEAK, play: said },
  {
    name: 'an end without farewell',
    play: ({ call, later }) => later(2_000, () => call.publish('end.requested', end('none'))),
  },
  { name: 'the mark is never echoed', manners: { mute: true }, play: spoken },
  { name: 'saying is refused', capabilities: CAN_SPEAK, manners: { refuses: true }, play: said },
  {
    name: 'the farewell fails',
    play: ({ call, later }) => {
      later(2_000, () => call.publish('end.requested', end('reply')));
      later(2_500, () => call.publish('farewell.failed'));
    },
  },
  {
    name: 'eleven ends',
    play: ({ call, later }) => {
      for (let i = 0; i < 11; i += 1)
        later(2_000 + i * 150, () => call.publish('end.requested', end('spoken')));
    },
  },
  {
    name: 'barge-in under lock',
    manners: { bargesInAfterMs: 300, clears: true },
    capabilities: CAN_SPEAK,
    play: said,
  },
  {
    name: 'barge-in while a listening farewell drains',
    policy: { bargeIn: 'listen' },
    manners: { bargesInAfterMs: 200, clears: true },
    play: spoken,
  },
  {
    name: 'barge-in that a listening farewell hears out',
    policy: { bargeIn: 'listen' },
    capabilities: CAN_SPEAK,
    manners: { bargesInAfterMs: 400 },
    play: reply,
  },
  {
    name: 'the caller takes the call back',
    policy: { bargeIn: 'resume' },
    capabilities: CAN_SPEAK,
    manners: { bargesInAfterMs: 400 },
    play: (stage) => {
      said(stage);
      stage.later(20_000, () => stage.call.publish('end.requested', end('none')));
    },
  },
  {
    name: 'the caller speaks before the goodbye begins',
    policy: { bargeIn: 'listen' },
    capabilities: CAN_SPEAK,
    play: (stage) => {
      const { call, later } = stage;
      later(3_000, () => call.publish('end.requested', end('reply')));
      later(3_100, () => call.publish('caller.spoke', { text: 'wait', final: false }));
      later(4_000, () => call.say('goodbye'));
    },
  },
  {
    name: 'the caller interrupts the goodbye and goes on',
    policy: { bargeIn: 'listen' },
    capabilities: CAN_SPEAK,
    play: (stage) => {
      const { call, later } = stage;
      later(3_000, () => call.publish('end.requested', end('reply')));
      later(3_100, () => call.publish('farewell.started', { utteranceId: 'goodbye' }));
      later(3_500, () => call.publish('farewell.finished', { utteranceId: 'goodbye', interrupted: true }));
      later(3_600, () => call.publish('caller.spoke', { text: 'no wait', final: true }));
    },
  },
  {
    name: 'the caller leaves in the farewell',
    capabilities: CAN_SPEAK,
    play: (stage) => {
      said(stage);
      stage.later(3_300, () => stage.lines.end(stage.carrier, 'far end'));
      stage.later(3_300, () => stage.call.publish('caller.left'));
    },
  },
  {
    name: 'transfer of all legs',
    steadfast: true,
    play: ({ call, later }) => {
      later(2_000, () => call.publish('transfer.started'));
      later(5_000, () => call.publish('call.transferred', { survivors: ['carrier', 'room'] }));
      later(7_000, () => call.publish('end.requested', end('none')));
    },
  },
  {
    name: 'transfer of the carrier leg',
    steadfast: true,
    play: ({ call, later }) =>
      later(4_000, () => call.publish('call.transferred', { survivors: ['carrier'] })),
  },
  {
    name: 'transfer against end.requested',
    play: ({ call, later, world }) => {
      world.reach('transfer against end.requested');
      later(2_000, () => call.publish('end.requested', end('spoken')));
      later(2_050, () => call.publish('call.transferred', { survivors: ['carrier'] }));
    },
  },
  {
    name: 'an end while a transfer rings',
    play: ({ call, later }) => {
      later(1_500, () => call.publish('transfer.started'));
      later(2_500, () => call.publish('end.requested', end('spoken')));
      later(6_000, () => call.publish('transfer.failed'));
      later(8_000, () => call.publish('end.requested', end('spoken')));
    },
  },
  {
    name: 'a kill in the farewell',
    capabilities: CAN_SPEAK,
    play: (stage) => {
      said(stage);
      stage.later(3_600, () => stage.operator('kill-requested'));
    },
  },
  {
    name: 'a kill while talking',
    play: ({ operator, later }) => later(2_500, () => operator('kill-requested')),
  },
  {
    name: 'an operator ends it',
    policy: { systemFarewell: { say: 'goodbye' } },
    capabilities: CAN_SPEAK,
    play: ({ operator, later }) => later(2_500, () => operator('end-requested')),
  },
  {
    name: 'an operator takes the end back while a mark is on its way',
    play: (stage) => {
      spoken(stage);
      stage.later(3_200, () => stage.operator('end-cancelled'));
      stage.later(15_000, () => stage.call.publish('end.requested', end('none')));
    },
  },
  { name: 'the caller leaves', play: ({ call, later }) => later(3_000, () => call.publish('caller.left')) },
  {
    name: 'the line ends',
    play: ({ lines, carrier, later }) => later(3_000, () => lines.end(carrier, 'far end')),
  },
  {
    name: 'the stream stops and the line is gone',
    play: ({ call, lines, carrier, later }) => {
      later(3_000, () => lines.end(carrier, 'far end'));
      later(3_010, () => call.publish('stream.stopped'));
    },
  },
  {
    name: 'the stream stops and the line lives',
    play: ({ call, later }) => later(3_000, () => call.publish('stream.stopped')),
  },
  { name: 'the gateway vanishes', play: ({ call, later }) => later(3_000, () => call.vanish()) },
  {
    name: 'the gateway vanishes in the farewell',
    play: (stage) => {
      spoken(stage);
      stage.later(3_060, () => stage.call.vanish());
    },
  },
  {
    name: 'outbound, never answered',
    start: { direction: 'outbound' },
    policy: { timers: { answerMs: 20_000 } },
    play: silent,
  },
  { name: 'a healthy call', steadfast: true, play: silent },
  {
    name: 'the gateway ends it itself',
    policy: { mode: 'backstop' },
    play: (stage) => {
      spoken(stage);
      stage.later(7_000, () => stage.lines.end(stage.carrier, 'far end'));
    },
  },
  { name: 'a backstop whose gateway does nothing', policy: { mode: 'backstop' }, play: spoken },
  {
    name: 'only observed',
    policy: { mode: 'observe' },
    play: (stage) => {
      spoken(stage);
      stage.later(8_000, () => stage.lines.end(stage.carrier, 'far end'));
    },
  },
  { name: 'a carrier that refuses us', curse: 'unauthorised', play: spoken },
  { name: 'a carrier that is down for this line', curse: 'unavailable', play: spoken },
  {
    name: 'a poisoned call',
    play: ({ call, later }) => later(2_000, () => call.publish('caller.spoke', { text: POISON })),
  },
  {
    name: 'two ends at once',
    play: (stage) => {
      const { world, later } = stage;
      const race = (ms: number): void =>
        later(3_000, () => world.timeline.after(ms, () => world.random.pick(ENDS)(stage)));
      race(0);
      race(world.random.between(0, 120));
    },
  },
  {
    name: 'a gateway that floods',
    play: ({ call, later }) => {
      const filling = 'x'.repeat(20_000);
      for (let i = 0; i < 5; i += 1)
        later(1_000 + i * 20, () => call.publish('state.patched', { patch: { [`part${i}`]: filling } }));
      for (let i = 0; i < 300; i += 1) later(1_500 + i * 10, () => call.publish('caller.spoke'));
      later(6_000, () => call.publish('end.requested', end('none')));
    },
  },
  {
    name: 'a start that comes late',
    late: true,
    play: ({ call, later }) => later(8_000, () => call.publish('end.requested', end('none'))),
  },
  {
    name: 'a mark before the end',
    play: (stage) => {
      stage.later(1_000, () => stage.call.publish('mark.echoed', { name: 'early' }));
      spoken(stage);
    },
  },
];

/** Begins a call and lets it go its way. `tempo`: how slowly, by default as the seed says. */
export function playCall(
  script: Script,
  stage: Omit<Stage, 'later'>,
  room: Line | undefined,
  tempo = stage.world.random.between(0.5, 3),
): void {
  const { world, call, carrier, lines } = stage;
  const { random, timeline } = world;
  const legs: { [key: string]: JsonObject } = { carrier: { id: carrier.id, provider: LINE_PROVIDER } };
  if (room !== undefined) legs['room'] = { id: room.id, provider: 'livekit' };
  const { policy, capabilities, start } = script;
  if (script.late === true) for (let i = 0; i < 40; i += 1) call.publish('caller.spoke');
  call.publish('call.started', {
    provider: LINE_PROVIDER,
    legs,
    direction: 'inbound',
    ...start,
    ...(policy === undefined ? {} : { policy }),
    ...(capabilities === undefined ? {} : { capabilities }),
  });
  script.play({ ...stage, later: (ms, act) => void timeline.after(ms * tempo, act) });
  if (script.steadfast !== true && random.chance(0.25)) {
    timeline.after(random.between(500, 40_000), () => {
      lines.end(carrier, 'far end');
      if (random.chance(0.5)) call.publish('caller.left');
    });
  }
  chatter(world, call);
}

/** The words of a call: they say that its gateway lives. */
function chatter(world: World, call: GatewayCall): void {
  if (call.gone || call.sessionClosed) return;
  call.publish('agent.spoke');
  world.timeline.after(world.random.between(6_000, 14_000), () => chatter(world, call));
}

/** What a carrier says of a line that ended: late, twice, in another order, or nothing. */
export function callBack(world: World, line: Line): void {
  const { random, timeline } = world;
  if (world.faulty && random.chance(0.2)) return world.fault('status callback lost');
  const say = (status: string, id: string, delayMs: number): void => {
    timeline.after(delayMs, () => {
      if (line.kind === 'room') world.publish('_ingress', line.callId, 'room.finished', {}, { id });
      else world.publish('_ingress', line.callId, 'leg.status', { leg: 'carrier', status }, { id });
    });
  };
  const delayMs = random.between(50, 1_500);
  say('completed', `${line.id}-end`, delayMs);
  if (!world.faulty) return;
  if (random.chance(DUPLICATED)) say('completed', `${line.id}-end`, delayMs + random.between(0, 4_000));
  if (random.chance(0.3)) {
    world.reach('out-of-order status callbacks');
    say('in-progress', `${line.id}-progress`, delayMs + random.between(0, 2_000));
  }
}
