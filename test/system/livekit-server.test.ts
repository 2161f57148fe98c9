/**
 * LiveKit Agents for Node in jobs of a real LiveKit server, with `onhook/livekit-agents` in them and one
 * `onhook serve` beside: what a caller in the room hears, and when the room is gone.
 */
import { DisconnectReason } from '@livekit/rtc-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { join } from '../livekit-server/caller.ts';
import { livekitServer, WITHOUT } from '../livekit-server/real-livekit.ts';
import { openStage } from './livekit/stage.ts';
import type { Stage } from './livekit/stage.ts';

const binary = livekitServer();

/** The goodbye: four words of half a second. */
const GOODBYE_MS = 2_000;

describe('LiveKit Agents on a real server', () => {
  let stage: Stage;
  beforeAll(async () => {
    if (binary === undefined) return;
    stage = await openStage(binary, {
      ONHOOK_TIMERS_LIVENESS_MS: '3000',
      ONHOOK_TIMERS_GATEWAY_LOST_MS: '500',
      ONHOOK_TIMERS_REJOIN_MS: '500',
      // A job on a busy machine takes its time to delete its room.
      ONHOOK_TIMERS_BACKSTOP_GRACE_MS: '2000',
      ONHOOK_TIMERS_DRAIN_MS: '1000',
      ONHOOK_TIMERS_FAREWELL_MS: '5000',
    });
  }, 60_000);
  afterAll(async () => {
    if (binary !== undefined) await stage.close();
  });
  beforeEach(({ skip }) => skip(binary === undefined, WITHOUT));

  it('own: the caller hears the goodbye to its last word, then the room is gone', async () => {
    const caller = await join(stage.liveKit, 'own-1-bye', 'ann');
    expect(await caller.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    const { callId } = await stage.jobIn('own-1-bye');
    const record = await stage.world.record(callId);
    expect(record).toMatchObject({
      endedBy: 'agent',
      endReason: 'agent_end_call',
      farewell: 'confirmed',
      legs: {
        room: { termination: 'confirmed_by_response' },
        session: { termination: 'confirmed_by_response' },
      },
    });
    expect(caller.heardMs()).toBeGreaterThanOrEqual(GOODBYE_MS * 0.95);
  });

  it('own: a caller who hangs up ends the call, and the room goes too (rows 18, 51)', async () => {
    const caller = await join(stage.liveKit, 'own-2-listens', 'ann');
    const { callId } = await stage.jobIn('own-2-listens');
    await stage.world.reaches(stage.node, callId, 'active');
    await caller.room.disconnect();
    const record = await stage.world.record(callId);
    expect(record).toMatchObject({ endedBy: 'caller', endReason: 'caller_hangup', farewell: 'none_needed' });
    expect(await roomNames()).not.toContain('own-2-listens');
  });

  it('own: a caller who hangs up during the goodbye cuts nothing (row 19)', async () => {
    const caller = await join(stage.liveKit, 'own-3-bye', 'ann');
    const { callId } = await stage.jobIn('own-3-bye');
    await stage.world.until('the goodbye is heard', () => caller.heardMs() > 200);
    await caller.room.disconnect();
    expect(await stage.world.record(callId)).toMatchObject({
      endedBy: 'agent',
      endReason: 'agent_end_call',
      farewell: 'skipped_caller_left',
    });
    expect(await roomNames()).not.toContain('own-3-bye');
  });

  it('own: a job that dies leaves no caller in a silent room (row 25)', async () => {
    const caller = await join(stage.liveKit, 'own-4-listens', 'ann');
    const { callId, pid } = await stage.jobIn('own-4-listens');
    await stage.world.reaches(stage.node, callId, 'active');
    process.kill(pid, 'SIGKILL');
    expect(await caller.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    expect(await stage.world.record(callId)).toMatchObject({ endedBy: 'system', endReason: 'gateway_lost' });
  });

  it("observe: LiveKit's own tool ends the call, and its webhooks tell how (row 63)", async () => {
    const caller = await join(stage.liveKit, 'observe-1-bye', 'ann');
    expect(await caller.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    const { callId } = await stage.jobIn('observe-1-bye');
    const record = await stage.world.record(callId);
    expect(record).toMatchObject({
      endReason: 'agent_end_call',
      legs: { room: { termination: 'confirmed_by_event', attempts: 0 } },
    });
    expect(record.would?.map(({ effect }) => effect)).toContain('delete-room');
    expect(caller.heardMs()).toBeGreaterThanOrEqual(GOODBYE_MS * 0.95);
  });

  it('backstop: a job that ends the call itself is left alone (row 61)', async () => {
    const caller = await join(stage.liveKit, 'backstop-1-bye', 'ann');
    expect(await caller.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    const { callId } = await stage.jobIn('backstop-1-bye');
    const record = await stage.world.record(callId);
    expect(record).toMatchObject({
      endReason: 'agent_end_call',
      legs: { room: { termination: 'confirmed_by_event', attempts: 0 } },
    });
    expect(record.causes.map(({ type }) => type)).not.toContain('backstop_acted');
  });

  it('backstop: a job that dies in its goodbye has its room deleted (row 62)', async () => {
    const caller = await join(stage.liveKit, 'backstop-2-bye', 'ann');
    const { callId, pid } = await stage.jobIn('backstop-2-bye');
    await stage.world.until('the goodbye is heard', () => caller.heardMs() > 200);
    process.kill(pid, 'SIGKILL');
    expect(await caller.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    const record = await stage.world.record(callId);
    expect(record.endReason).toBe('agent_end_call');
    expect(record.causes.map(({ type }) => type)).toContain('backstop_acted');
  });

  it('own, without onhook: the job deletes its room itself, 2 s later', async () => {
    await stage.node.kill();
    const caller = await join(stage.liveKit, 'own-5-bye', 'ann');
    expect(await caller.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    expect(caller.heardMs()).toBeGreaterThanOrEqual(GOODBYE_MS * 0.95);
    const { callId } = await stage.jobIn('own-5-bye');
    expect((await stage.world.logOf(callId)).map(({ type }) => type)).toContain('end.requested');
  });

  async function roomNames(): Promise<string[]> {
    return (await stage.liveKit.rooms.listRooms()).map(({ name }) => name);
  }
});
