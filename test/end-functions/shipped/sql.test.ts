/** A row per call in a real PostgreSQL: once per call, with types, and what each refusal means. */
import { parse } from 'yaml';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defineSql } from '../../../src/end-functions/shipped/sql.ts';
import { input } from '../fixture.ts';
import { examplesOf, openExample, sqlOf } from './documented.ts';
import { postgresFolder, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';
import { signal, stage } from './receiver.ts';
import type { Stage } from './receiver.ts';

const binaries = postgresFolder();

const STARTED_AT = Date.UTC(2026, 10, 20, 10);
const given = {
  ...input,
  call: {
    ...input.call,
    gateway: 'gw1',
    startedAt: STARTED_AT,
    endedAt: STARTED_AT + 60_000,
    endReason: 'caller_hangup',
    disposition: { code: "sold'; DROP TABLE onhook_calls; --" },
  },
};

describe('a row in PostgreSQL', () => {
  let postgres: Postgres;
  let on: Stage | undefined;
  beforeAll(async () => {
    if (binaries === undefined) return;
    postgres = await startPostgres(binaries);
    await postgres.query(`
      ${sqlOf('sql')}
      CREATE SCHEMA crm;
      CREATE TABLE crm.calls (idempotency_key text UNIQUE, caller text, outcome text, intent text);
      CREATE TABLE crm."Calls" (idempotency_key text UNIQUE, "order" text, lines jsonb, paid boolean NOT NULL);`);
  }, 60_000);
  afterAll(async () => {
    if (binaries !== undefined) await postgres.close();
  });
  beforeEach(({ skip }) => {
    // `npm test` installs it where it can.
    skip(binaries === undefined, 'PostgreSQL is not installed');
    on = stage();
  });
  afterEach(() => on?.close());

  const ship = async (more: Partial<Parameters<typeof defineSql>[0]> = {}) =>
    (on ?? stage()).ship(await defineSql({ url: postgres.url, timeoutMs: 5_000, ...more }));

  it('is written once, however often the function runs (invariant 9, field rule 56)', async () => {
    const sql = await ship();
    expect(await sql.run(given, { signal })).toEqual({ result: 'done', data: { output: { rows: 1 } } });
    expect(await sql.run({ ...given, attempt: 2 }, { signal })).toMatchObject({
      data: { output: { rows: 0 } },
    });
    expect(await postgres.query('SELECT * FROM onhook_calls')).toEqual([
      {
        idempotency_key: input.idempotencyKey,
        call_id: 'CA1',
        gateway: 'gw1',
        started_at: new Date(STARTED_AT),
        ended_at: new Date(STARTED_AT + 60_000),
        ended_by: null,
        end_reason: 'caller_hangup',
        farewell: null,
        disposition: "sold'; DROP TABLE onhook_calls; --",
        state: { intent: 'booking' },
      },
    ]);
  });

  it('has the columns and the table of the operator, whatever their names', async () => {
    const columns = { order: 'state.intent', lines: 'transcript', paid: 'state.paid' };
    const sql = await ship({ table: 'crm.Calls', columns });
    const paid = { ...given, state: { ...given.state, paid: true } };
    expect(await sql.run(paid, { signal })).toMatchObject({ result: 'done' });
    const [row] = await postgres.query('SELECT * FROM crm."Calls"');
    expect(row).toMatchObject({ order: 'booking', lines: given.transcript, paid: true });
    const outcome = await sql.run({ ...given, idempotencyKey: 'key-2' }, { signal });
    expect(outcome).toEqual({
      result: 'fatal',
      code: 'sql_23502',
      detail: 'PostgreSQL error 23502 at Calls.paid',
    });
  });

  it('is a dead letter at once where the table is not there', async () => {
    const sql = await ship({ table: 'nowhere' });
    expect(await sql.run(given, { signal })).toMatchObject({ result: 'fatal', code: 'sql_42P01' });
  });

  it('is tried again while the server cannot be reached', async () => {
    const sql = await ship({ url: 'postgres://onhook:planted-password@127.0.0.1:9/postgres' });
    const outcome = await sql.run(given, { signal });
    expect(outcome).toMatchObject({ result: 'retry', code: 'network_error' });
    expect(JSON.stringify(outcome)).not.toContain('planted-password');
  });

  it('is shown and not written in the sandbox', async () => {
    const sql = await ship();
    await sql.run({ ...given, idempotencyKey: 'key-3' }, { signal, sandbox: true });
    expect(sql.shown).toMatchObject([{ row: { idempotency_key: 'key-3', call_id: 'CA1' } }]);
    expect(await postgres.query("SELECT 1 FROM onhook_calls WHERE idempotency_key = 'key-3'")).toEqual([]);
  });

  it('is written as the chapter of the function shows, minimal and real', async () => {
    const [minimal = '', real = ''] = examplesOf('sql');
    const summary = parse(examplesOf('summary')[0] ?? '') as object;
    const places = { 'postgres://onhook@db/crm': postgres.url };
    for (const functions of [
      await openExample(minimal, { places: { 'postgres://onhook:secret@db:5432/crm': postgres.url } }),
      await openExample(real, { places, beside: summary }),
    ]) {
      on?.own(functions);
      const call = {
        ...given.call,
        from: '+15550100',
        disposition: { code: 'sold' },
        endFunctions: [{ name: 'summary', output: { intent: 'booking' } }],
      };
      const outcome = await functions.run('sql', { ...given, call, idempotencyKey: 'key-2' }, { signal });
      expect(outcome).toEqual({ result: 'done', data: { output: { rows: 1 } } });
    }
    expect(await postgres.query('SELECT * FROM crm.calls')).toEqual([
      { idempotency_key: 'key-2', caller: '+15550100', outcome: 'sold', intent: 'booking' },
    ]);
  });
});
