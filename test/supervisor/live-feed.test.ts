/** The live feed of a node: what leaves to its sink, and when nothing does. */
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { Message } from '../../src/contract/message.ts';
import { MemoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import { announceTo, LiveFeed } from '../../src/supervisor/live-feed.ts';

const message: Message = {
  seq: 7,
  at: 1,
  gateway: 'gw1',
  callId: 'c1',
  type: 'call.started',
  id: 'm1',
  data: {},
};

test('a message that says nothing, as a start that came too late, sends nothing and ends nothing', () => {
  const clock = new ManualClock();
  const log = new MemoryLog(new MemoryServer({ clock, prefix: 'onhook.v1' }), 'a');
  const sent: string[] = [];
  const announce = announceTo(log);
  const feed = new LiveFeed('onhook.v1', clock, (lines) => {
    sent.push(lines);
    announce(lines);
  });
  feed.tell(message, []);
  clock.advance(5);
  expect(sent).toEqual([]);
  feed.tell(message, []);
  feed.tell(message, [{ type: 'alarm.raised', data: { code: 'x' } }]);
  clock.advance(5);
  expect(sent).toEqual(['onhook.v1.out.c1.alarm.raised {"at":1,"seq":7,"code":"x"}']);
});
