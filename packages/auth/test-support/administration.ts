import type { MikroORM } from '@mikro-orm/core';
import {
  authenticateClient,
  createClientAdministration,
  createClientDirectory,
  createClientStore,
  memoryAuditTrail,
} from '../src/index.ts';
import { start } from './calls.ts';
import { testHasher } from './clients.ts';

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
