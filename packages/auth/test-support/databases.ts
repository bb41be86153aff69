import { randomBytes } from 'node:crypto';
import { MikroORM } from '@mikro-orm/core';
import { PgliteDriver } from '@mikro-orm/pglite';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { AuthClient, AuthRate, AuthRevokedToken, AuthToken, type SqlOrm } from '../src/index.ts';

const entities = [AuthClient, AuthToken, AuthRevokedToken, AuthRate];

export interface TestDatabase {
  readonly orm: SqlOrm;
  close(): Promise<void>;
}

/** PGlite, and PostgreSQL in a database of its own where `TEST_DATABASE_URL` says where that runs. */
export const databases: readonly (readonly [name: string, open: () => Promise<TestDatabase>])[] = [
  ['PGlite', openPglite],
  ...(process.env.TEST_DATABASE_URL === undefined ? [] : [['PostgreSQL', openPostgres] as const]),
];

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
