import type { MikroORM } from '@mikro-orm/core';
import { testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { migrations } from '../migrations/index.ts';
import { entities } from '../src/entities/index.ts';
import { servers } from '../src/settings.ts';
import { emptyDatabase } from './empty-database.ts';
import { openTestDatabase, type TestDatabase } from './open-test-database.ts';
import { lateTestApi, type TestApi } from './test-api.ts';
import { inProcess, over, type Transport } from './transports.ts';

type Environment = Readonly<Record<string, string>>;

async function openDatabase(name: TestApi['database']): Promise<TestDatabase> {
  if (name === 'pglite') return openTestDatabase();
  const database = testDatabases().find((each) => each.name === name);
  if (database === undefined) throw new Error('there is no PostgreSQL to test with');
  const open = await database.open([...entities], {
    empty: true,
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
    connections: 20,
  });
  await open.orm.migrator.up();
  return open;
}

/** Each way gets an empty database, which is cheaper to empty than to open. */
function suites(
  title: string,
  transports: readonly Transport[],
  tests: (t: TestApi) => void,
  environment: Environment,
): void {
  for (const { name } of testDatabases()) {
    describe(`${title} (${name})`, () => {
      const state: { database?: TestDatabase } = {};
      beforeAll(async () => {
        state.database = await openDatabase(name);
      });
      afterAll(() => state.database?.close());
      for (const transport of transports) {
        describe(transport.name, () => {
          const { t, begin, end } = lateTestApi(name, transport, environment);
          beforeAll(async () => {
            const { orm } = state.database as { orm: MikroORM };
            await emptyDatabase(orm);
            await begin(orm);
          });
          afterAll(end);
          tests(t);
        });
      }
    });
  }
}

/** Runs tests over every database, in the process, each with an API and a client `full` that may do everything. */
export function overEachDatabase(title: string, tests: (t: TestApi) => void, environment: Environment = {}): void {
  suites(title, [inProcess], tests, environment);
}

/** Runs tests over every database through a server of every web framework, as {@link overEachDatabase}. */
export function overEveryServer(title: string, tests: (t: TestApi) => void, environment: Environment = {}): void {
  suites(title, servers.map(over), tests, environment);
}
