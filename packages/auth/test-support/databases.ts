import { randomBytes } from 'node:crypto';
import { MikroORM } from '@mikro-orm/core';
import { PgliteDriver } from '@mikro-orm/pglite';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { afterAll, beforeAll } from 'vitest';
import {
  AuthApiKey,
  AuthClient,
  AuthEventEntry,
  AuthRate,
  AuthRateCount,
  AuthRevokedToken,
  AuthToken,
  AuthUsedAssertion,
} from '../src/index.ts';

/** The tables that most of these tests need. */
export const entities = [
  AuthApiKey,
  AuthClient,
  AuthEventEntry,
  AuthToken,
  AuthRevokedToken,
  AuthRate,
  AuthRateCount,
  AuthUsedAssertion,
];

export interface TestDatabase {
  readonly orm: MikroORM;
  close(): Promise<void>;
}

/** PGlite, and PostgreSQL in a database of its own where `TEST_DATABASE_URL` says where that runs. */
export const databases: readonly (readonly [name: string, open: () => Promise<TestDatabase>])[] = [
  ['PGlite', openPglite],
  ...(process.env.TEST_DATABASE_URL === undefined ? [] : [['PostgreSQL', openPostgres] as const]),
];

/** Opens the database that is always there for the tests of a file; answers its ORM once they run. */
export function ormOfFile(): () => MikroORM {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openPglite();
  });
  afterAll(() => database?.close());
  return () => database.orm;
}

async function openPglite(): Promise<TestDatabase> {
  const orm = await MikroORM.init({ driver: PgliteDriver, dbName: 'memory://', entities });
  await orm.schema.create();
  return { orm, close: () => orm.close() };
}

async function openPostgres(): Promise<TestDatabase> {
  const url = new URL(process.env.TEST_DATABASE_URL ?? '');
  const dbName = `sallyport_auth_${randomBytes(6).toString('hex')}`;
  const orm = await MikroORM.init({ driver: PostgreSqlDriver, clientUrl: url.href, dbName, entities });
  await orm.schema.ensureDatabase();
  await orm.schema.create();
  return {
    orm,
    async close() {
      await orm.schema.dropDatabase();
      await orm.close();
    },
  };
}
