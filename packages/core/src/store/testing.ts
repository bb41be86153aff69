import { randomBytes } from 'node:crypto';
import type { MikroORM, Options } from '@mikro-orm/core';
import { nativeClient } from './executor.ts';
import { openDatabase } from './open.ts';
import { readEmptyDump, writeEmptyDump } from './pglite-dump.ts';

/** A database that tests run over. */
export interface TestDatabase {
  readonly name: 'pglite' | 'postgresql';
  /** An ORM over a new, empty database with the entities' schema. Close it when the tests are done. */
  open(entities: Options['entities'], options?: TestDatabaseOptions): Promise<OpenTestDatabase>;
}

export interface TestDatabaseOptions {
  /** Without it the schema of the entities is made. */
  readonly empty?: boolean;
  readonly migrations?: Options['migrations'] | undefined;
  /** PostgreSQL: most connections. 5. */
  readonly connections?: number;
  readonly connectTimeout?: number;
  readonly statementTimeout?: number;
}

export interface OpenTestDatabase {
  readonly orm: MikroORM;
  /** The database's address; absent for PGlite. */
  readonly url: string | undefined;
  /** Closes the ORM and drops the database. */
  close(): Promise<void>;
}

/**
 * The databases to run tests over: PGlite in memory always, PostgreSQL when `TEST_DATABASE_URL` names a server on which
 * databases may be made. Each `open` makes one of its own.
 *
 * @throws Error when `CI` is `true` and `TEST_DATABASE_URL` is not set: nothing is skipped in silence.
 */
export function testDatabases(environment: NodeJS.ProcessEnv = process.env): readonly TestDatabase[] {
  const { TEST_DATABASE_URL: url, CI: ci } = environment;
  if (url !== undefined && url !== '') return [pglite, postgresql(url)];
  if (ci === 'true') throw new Error('TEST_DATABASE_URL is not set: the tests over PostgreSQL would be skipped');
  process.stderr.write('TEST_DATABASE_URL is not set: no tests over PostgreSQL\n');
  return [pglite];
}

const pglite: TestDatabase = {
  name: 'pglite',
  async open(entities, options = {}) {
    const loadDataDir = await readEmptyDump();
    const orm = await openDatabase({ entities, migrations: options.migrations, loadDataDir });
    if (loadDataDir === undefined) await writeEmptyDump(orm);
    if (options.empty !== true) await orm.schema.create();
    return { orm, url: undefined, close: () => orm.close(true) };
  },
};

function postgresql(server: string): TestDatabase {
  return {
    name: 'postgresql',
    async open(entities, { empty, migrations, connections = 5, connectTimeout, statementTimeout } = {}) {
      const name = `sallyport_test_${randomBytes(6).toString('hex')}`;
      await administer(server, `create database "${name}" template template0 encoding 'UTF8'`);
      const url = new URL(server);
      url.pathname = `/${name}`;
      const orm = await openDatabase({
        url: url.href,
        entities,
        migrations,
        connections,
        ...(connectTimeout !== undefined && { connectTimeout }),
        ...(statementTimeout !== undefined && { statementTimeout }),
      });
      if (empty !== true) await orm.schema.create();
      return {
        orm,
        url: url.href,
        async close() {
          // A test may have ended the pool already.
          await orm.close(true).catch(() => {});
          await administer(server, `drop database if exists "${name}" with (force)`);
        },
      };
    },
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const orm = await openDatabase({
    url,
    entities: [],
    connections: 1,
    orm: { discovery: { warnWhenNoEntities: false } },
  });
  try {
    const native = await nativeClient(orm);
    // `pg.Pool` takes plain text as well.
    if (native.kind === 'pg')
      await (native.pool as unknown as { query(text: string): Promise<unknown> }).query(statement);
  } finally {
    await orm.close(true);
  }
}
