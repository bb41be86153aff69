import type { MikroORM } from '@mikro-orm/core';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  authenticateClient,
  type ClientFeature,
  createClientAdministration,
  createClientDirectory,
  createClientStore,
  memoryAuditTrail,
} from '../src/index.ts';
import { start } from './calls.ts';
import { testHasher } from './clients.ts';
import { databases, type TestDatabase } from './databases.ts';

/** All that a directory may have no place for, but for the ends of tokens. */
export const bareFeatures: ReadonlySet<ClientFeature> = new Set([
  'ids',
  'apis',
  'limits',
  'keys',
  'expiry',
  'tokenLifetime',
  'overlap',
  'fieldLists',
  'unknownScopes',
  'testSecrets',
]);

/** An administration over a database, as the actor `ada`, at a time that tests set. */
export function arrangeAdministration(orm: MikroORM) {
  const hasher = testHasher();
  const clock = { at: start, now: () => clock.at };
  const audit = memoryAuditTrail();
  const store = createClientStore(orm);
  const directory = createClientDirectory(orm, store);
  const administration = createClientAdministration({ directory, hasher, audit, actor: 'ada', clock });
  const epoch = async (clientId: string) => (await store.find(clientId))?.epoch ?? Number.NaN;
  /** By how much the epoch grows. */
  const growth = async (clientId: string, work: () => Promise<unknown>) => {
    const old = await epoch(clientId);
    await work();
    return (await epoch(clientId)) - old;
  };
  const opens = async (clientId: string, secret: string) =>
    (await authenticateClient({ store, hasher }, { clientId, secret }, clock.at)) !== undefined;
  return { hasher, clock, audit, store, directory, administration, epoch, growth, opens };
}

/** What tests of an administration are given. */
export interface Administered {
  /** An administration of its own over the database of the file. */
  arrange(): ReturnType<typeof arrangeAdministration>;
  readonly orm: MikroORM;
}

/** Declares tests of an administration over every database. */
export function describeAdministration(title: string, tests: (given: Administered) => void): void {
  describe.each(databases)(`${title} on %s`, (_, open) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database?.close());
    tests({
      arrange: () => arrangeAdministration(database.orm),
      get orm() {
        return database.orm;
      },
    });
  });
}
