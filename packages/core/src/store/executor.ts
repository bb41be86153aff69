import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { type PipelinePool, Pipelines } from './pipeline.ts';
import type { Row } from './selection.ts';
import type { Compiled } from './sql/count.ts';
import { isStalePlan, type StatementNames } from './statement-names.ts';

/** Sends statements and answers rows of values. */
export interface Executor {
  /** @param apart whether it has a connection to itself, where there are several */
  run(statement: Compiled, apart?: boolean): Promise<readonly Row[]>;
}

/** A query as `pg` takes it. */
export interface PgQuery {
  readonly text: string;
  readonly name?: string;
  readonly values: readonly unknown[];
  readonly rowMode: 'array';
  readonly types: typeof types;
  readonly query_timeout?: number;
}

/** What is used of `pg.Pool`. */
export interface PgPool extends Partial<PipelinePool> {
  query(query: PgQuery): Promise<{ readonly rows: readonly Row[] }>;
  on(event: 'acquire', listener: (client: PgClient) => void): unknown;
}

/** What is used of a client of the pool. */
export interface PgClient {
  once(event: 'end', listener: () => void): unknown;
  release(destroy?: boolean): void;
}

/** What is used of PGlite. */
export interface Pglite {
  readonly waitReady: Promise<void>;
  readonly closed: boolean;
  query(
    text: string,
    parameters: readonly unknown[],
    options: { readonly rowMode: 'array' },
  ): Promise<{ readonly rows: readonly Row[] }>;
}

/** What is used of Kysely's transaction, which MikroORM's transactions are. */
interface KyselyTransaction {
  executeQuery(query: object): Promise<{ readonly rows: readonly object[] }>;
}

/** The database behind an ORM: the pool of `pg`, or the one connection of PGlite. */
export type NativeClient =
  | { readonly kind: 'pg'; readonly pool: PgPool }
  | { readonly kind: 'pglite'; readonly db: Pglite };

/** MikroORM's own connection to the database, opened when it is not open yet. */
export async function nativeClient(orm: Pick<MikroORM, 'em'>): Promise<NativeClient> {
  // Both SQL connections have this method; the base class's type does not promise what it answers.
  const native = (await orm.em.getConnection().getNativeClient()) as PgPool | Pglite;
  return 'waitReady' in native ? { kind: 'pglite', db: native } : { kind: 'pg', pool: native };
}

/** Runs a statement once, under no name. */
export async function rowsOf(
  native: NativeClient,
  text: string,
  values: readonly unknown[],
  timeoutMs: number,
): Promise<readonly Row[]> {
  if (native.kind === 'pglite') return (await native.db.query(text, values, { rowMode: 'array' })).rows;
  return (await native.pool.query({ ...queryOf(undefined, text, values), query_timeout: timeoutMs })).rows;
}

/** Runs statements outside a transaction, as named prepared statements where the database has them. */
export class PoolExecutor implements Executor {
  readonly #orm: MikroORM;
  readonly #names: StatementNames;
  #native: NativeClient | undefined;
  #pipelines: Pipelines | undefined;

  constructor(orm: MikroORM, names: StatementNames) {
    this.#orm = orm;
    this.#names = names;
  }

  async native(): Promise<NativeClient> {
    if (this.#native === undefined) {
      const native = await nativeClient(this.#orm);
      if (this.#native === undefined && native.kind === 'pg') {
        releaseLostClients(native.pool);
        if (Pipelines.suits(native.pool)) this.#pipelines = new Pipelines(native.pool, (oid) => parsers.get(oid));
      }
      this.#native = native;
    }
    return this.#native;
  }

  async run(statement: Compiled, apart = false): Promise<readonly Row[]> {
    const native = this.#native ?? (await this.native());
    const { text, parameters } = statement;
    if (native.kind === 'pglite') return (await native.db.query(text, parameters, { rowMode: 'array' })).rows;
    const name = this.#names.of(text);
    if (name === undefined) return (await native.pool.query(queryOf(undefined, text, parameters))).rows;
    try {
      const alone = () => this.#alone(native.pool, name, statement);
      if (this.#pipelines === undefined || apart || parameters.some(isList)) return await alone();
      return await this.#pipelines.run({ name, text, values: parameters }, alone);
    } catch (error) {
      if (!isStalePlan(error)) throw error;
      this.#names.forget(text);
      this.#pipelines?.forget(name);
      return (await native.pool.query(queryOf(undefined, text, parameters))).rows;
    }
  }

  /** On a connection of its own. */
  async #alone(pool: PgPool, name: string, { text, parameters }: Compiled): Promise<readonly Row[]> {
    const started = performance.now();
    const { rows } = await pool.query(queryOf(name, text, parameters));
    this.#pipelines?.took(name, performance.now() - started);
    return rows;
  }
}

/** Lists need the driver's own way of writing them. */
const isList = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Runs statements on the connection of an entity manager's open transaction, and on no other. */
export class TransactionExecutor implements Executor {
  readonly #em: EntityManager;
  readonly #names: StatementNames;
  readonly #kind: NativeClient['kind'];

  constructor(em: EntityManager, kind: NativeClient['kind'], names: StatementNames) {
    this.#em = em;
    this.#kind = kind;
    this.#names = names;
  }

  /** A statement about the transaction itself, which no database can prepare while the transaction is broken. */
  async command(sql: string): Promise<void> {
    await this.#transaction().executeQuery({ ...kyselyQuery, sql, parameters: [] });
  }

  #transaction(): KyselyTransaction {
    const transaction = this.#em.getTransactionContext<KyselyTransaction>();
    if (transaction === undefined) throw new Error('the unit of work is over: nothing can be done through it any more');
    return transaction;
  }

  async run({ text, parameters }: Compiled): Promise<readonly Row[]> {
    const transaction = this.#transaction();
    if (this.#kind === 'pg') {
      // Kysely hands `sql` and `parameters` on to `client.query` as they are, which takes a named query for the text.
      const sql = queryOf(this.#names.of(text), text, parameters);
      try {
        const { rows } = await transaction.executeQuery({ ...kyselyQuery, sql, parameters });
        return rows as readonly Row[];
      } catch (error) {
        // The transaction is lost with it: the unit is run again, and finds another name.
        if (isStalePlan(error)) this.#names.forget(text);
        throw error;
      }
    }
    // PGlite's rows are objects here, with one key a slot, in order.
    const { rows } = await transaction.executeQuery({ ...kyselyQuery, sql: text, parameters });
    return rows.map((row) => Object.values(row));
  }
}

/** The shell of a compiled query of Kysely's; what it is made from is only looked at by its logging and its plugins. */
const kyselyQuery = {
  query: { kind: 'RawNode', sqlFragments: [], parameters: [] },
  queryId: { queryId: 'sallyport' },
};

const asText = (text: string): unknown => text;
const asNumber = (text: string): unknown => Number(text);
const parsers = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'],
  [21, asNumber],
  [23, asNumber],
  [700, asNumber],
  [701, asNumber],
  [114, JSON.parse],
  [3802, JSON.parse],
]);

/** How values are read, whatever the process has told `pg` globally: small numbers, truth and JSON; the rest is text. */
const types = {
  getTypeParser: (oid: number): ((text: string) => unknown) => parsers.get(oid) ?? asText,
};

function queryOf(name: string | undefined, text: string, values: readonly unknown[]): PgQuery {
  // A new object each time: `pg` writes to it.
  return name === undefined
    ? { text, values, rowMode: 'array', types }
    : { name, text, values, rowMode: 'array', types };
}

const guarded = new WeakSet<object>();

/**
 * Gives the places of lost connections back to the pool. Kysely does not release a connection when its `begin` or
 * `rollback` fails, which they do when the connection is lost: without this, each transaction that is open when
 * PostgreSQL stops would cost the pool a place for ever.
 */
function releaseLostClients(pool: PgPool): void {
  if (guarded.has(pool)) return;
  guarded.add(pool);
  pool.on('acquire', (client) => {
    if (guarded.has(client)) return;
    guarded.add(client);
    client.once('end', () => {
      // Whoever holds the client learns of the loss first, and mostly releases it. A pool that ends waits for this timer, so
      // that it must keep the process from ending.
      setTimeout(() => {
        try {
          client.release(true);
        } catch {
          // Released already: then there is nothing to do.
        }
        client.release = () => {};
      }, 500);
    });
  });
}
