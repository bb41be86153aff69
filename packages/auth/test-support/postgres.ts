import type { MikroORM } from '@mikro-orm/core';
import { openDatabase } from '@sallyport/core';
import { AuthClient, AuthRevokedToken, AuthToken } from '../src/index.ts';

/** The address of a test's own PostgreSQL database, with its port. */
export function urlOf(orm: MikroORM): string {
  const url = new URL(process.env.TEST_DATABASE_URL ?? '');
  url.pathname = `/${orm.config.get('dbName')}`;
  url.port ||= '5432';
  return url.href;
}

/** Another ORM over such a database, as another process has it. */
export function openAgain(url: string, connections = 5): Promise<MikroORM> {
  return openDatabase({ url, connections, connectTimeout: 2000, entities: [AuthClient, AuthToken, AuthRevokedToken] });
}

/** Ends the connections that listen for changes, as an operator or a failing network would. */
export async function killListeners(orm: MikroORM): Promise<number> {
  const rows = await orm.em.getConnection().execute<unknown[]>(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query like '%pg_listening_channels%' and pid <> pg_backend_pid()`,
  );
  return rows.length;
}
