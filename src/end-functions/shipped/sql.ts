/**
 * The shipped function `sql`: one row per call in PostgreSQL. The idempotency key is a unique column, so
 * that a second attempt after a lost answer finds its row and adds none.
 */
import type pg from 'pg';
import type { Json, JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { lookUp } from '../../contract/path.ts';
import { dateOf } from '../../clock/instant.ts';
import { ShippedConfigError } from '../errors.ts';
import { rootsOf } from '../input-roots.ts';
import { shippedManifest, type ShippedDefinition } from './shipped.ts';

export interface SqlOptions {
  /** `postgres://user:password@host:5432/database`. */
  readonly url: string;
  /** `table` or `schema.table`. Default `onhook_calls`. */
  readonly table?: string | undefined;
  /** Column → path; a path that leads nowhere is NULL. Default: {@link DEFAULT_COLUMNS}. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** One attempt, connection included, ms. Default 10 000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** Post-call work must not take a database's connections. */
const CONNECTIONS_MAX = 4;

/** The table of docs/end-functions.md. */
const DEFAULT_COLUMNS: Readonly<Record<string, string>> = {
  call_id: 'call.callId',
  gateway: 'call.gateway',
  started_at: 'call.startedAt',
  ended_at: 'call.endedAt',
  ended_by: 'call.endedBy',
  end_reason: 'call.endReason',
  farewell: 'call.farewell',
  disposition: 'call.disposition.code',
  state: 'state',
};

const KEY_COLUMN = 'idempotency_key';

type Driver = typeof pg;

/** The driver is an optional peer: only who uses this function installs it. */
async function loadDriver(): Promise<Driver> {
  try {
    return (await import('pg')).default;
  } catch {
    throw new ShippedConfigError('sql', 'the package pg is not installed; install it: npm install pg');
  }
}

/**
 * PostgreSQL's classes: a connection that failed (08), a transaction that lost (40), a server that is
 * starting, stopping or full (53, 57, 58) may go better; everything else is wrong and stays wrong.
 */
const RETRIED = /^(08|40|53|55|57|58)/;

function outcomeOfError(error: unknown): Outcome | undefined {
  const { code, table, column } = (error ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return undefined;
  // Names of tables and columns help; the message may quote a value of the row.
  const where = [table, column].filter((name) => typeof name === 'string').join('.');
  const detail = `PostgreSQL error ${code}${where === '' ? '' : ` at ${where}`}`;
  return { result: RETRIED.test(code) ? 'retry' : 'fatal', code: `sql_${code}`, detail };
}

/** Instants of the record become timestamps, objects become jsonb. */
function valueOf(column: string, value: Json | undefined): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && column.endsWith('_at')) return dateOf(value);
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

/** Opened by the first row. */
function lazyPool({ Pool }: Driver, url: string, timeoutMs: number) {
  const settings: pg.PoolConfig = {
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'onhook',
  };
  let pool: pg.Pool | undefined;
  return {
    open(): pg.Pool {
      if (pool !== undefined) return pool;
      pool = new Pool(settings);
      // A connection that breaks while it is idle is not an event of any call.
      pool.on('error', () => undefined);
      return pool;
    },
    async close(): Promise<void> {
      const opened = pool;
      pool = undefined;
      await opened?.end();
    },
  };
}

async function insert(pool: pg.Pool, text: string, values: readonly unknown[]): Promise<Outcome> {
  try {
    const { rowCount } = await pool.query(text, [...values]);
    return { result: 'done', data: { output: { rows: rowCount ?? 0 } } };
  } catch (error) {
    const outcome = outcomeOfError(error);
    if (outcome === undefined) throw error;
    return outcome;
  }
}

/** Throws {@link ShippedConfigError} when the driver is missing. Opens no connection. */
export async function defineSql(options: SqlOptions): Promise<ShippedDefinition> {
  const { url, table = 'onhook_calls', columns = DEFAULT_COLUMNS, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const driver = await loadDriver();
  const quoted = (name: string): string => driver.escapeIdentifier(name);
  const pool = lazyPool(driver, url, timeoutMs);
  const names = [KEY_COLUMN, ...Object.keys(columns)];
  const places = names.map((_name, index) => `$${index + 1}`).join(', ');
  const text =
    `INSERT INTO ${table.split('.').map(quoted).join('.')} (${names.map(quoted).join(', ')}) ` +
    `VALUES (${places}) ON CONFLICT (${quoted(KEY_COLUMN)}) DO NOTHING`;
  return {
    manifest: shippedManifest('sql', timeoutMs),
    prepare(input) {
      const roots = rootsOf(input);
      const found = Object.entries(columns).map(([column, path]) => [column, lookUp(roots, path)] as const);
      const values = [input.idempotencyKey, ...found.map(([column, value]) => valueOf(column, value))];
      const row = { [KEY_COLUMN]: input.idempotencyKey, ...Object.fromEntries(found) } as JsonObject;
      return { shows: { statement: text, row }, send: () => insert(pool.open(), text, values) };
    },
    close: () => pool.close(),
  };
}
