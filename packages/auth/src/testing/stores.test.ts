import { MikroORM } from '@mikro-orm/core';
import { PgliteDriver } from '@mikro-orm/pglite';
import { afterAll } from 'vitest';
import { databases } from '../../test-support/databases.ts';
import {
  AuthClient,
  AuthRevokedToken,
  AuthToken,
  type ClientRecord,
  createClientStore,
  createMemoryClientStore,
  createMemoryRevocations,
  createMemoryTokenStore,
  createRevocationStore,
  createTokenStore,
} from '../index.ts';
import { clientStoreConformance, revocationStoreConformance, tokenStoreConformance } from './index.ts';

/** Our own stores, as others meet the suites. */

clientStoreConformance({
  name: 'memory',
  open() {
    const store = createMemoryClientStore();
    return { store, put: async (client) => store.set(client) };
  },
});
tokenStoreConformance({ name: 'memory', open: () => ({ store: createMemoryTokenStore() }) });
revocationStoreConformance({ name: 'memory', open: () => ({ store: createMemoryRevocations() }) });

let opened: Promise<MikroORM> | undefined;
afterAll(async () => (await opened)?.close());

/** A database without tables: nothing can be asked there. */
function nowhere(): Promise<MikroORM> {
  const entities = [AuthClient, AuthToken, AuthRevokedToken];
  opened ??= MikroORM.init({ driver: PgliteDriver, dbName: 'memory://', entities });
  return opened;
}

for (const [name, open] of databases) {
  clientStoreConformance({
    name,
    async open() {
      const { orm, close } = await open();
      const store = createClientStore(orm);
      return {
        store,
        other: createClientStore(orm),
        close,
        async put(client) {
          await orm.em.fork().upsert(AuthClient, rowOf(client));
          store.changed(client.clientId);
        },
      };
    },
    down: async () => createClientStore(await nowhere()),
  });
  for (const withClients of [false, true]) {
    tokenStoreConformance({
      name: `${name}, ${withClients ? 'with' : 'without'} clients`,
      async open() {
        const { orm, close } = await open();
        return { store: createTokenStore(orm, { withClients }), other: createTokenStore(orm), close };
      },
      down: async () => createTokenStore(await nowhere(), { withClients }),
    });
  }
  revocationStoreConformance({
    name,
    async open() {
      const { orm, close } = await open();
      return { store: createRevocationStore(orm), other: createRevocationStore(orm), close };
    },
    down: async () => createRevocationStore(await nowhere()),
  });
}

function rowOf({ clientId, name, active, secrets, scopes, epoch, attributes }: ClientRecord) {
  const createdAt = new Date('2026-05-04T10:00:00.000Z');
  const kept = secrets.map(({ id = '', hash }) => ({ id, hash, createdAt: createdAt.toISOString() }));
  return {
    clientId,
    name,
    active,
    secrets: kept,
    scopes,
    epoch,
    attributes,
    createdAt,
    requestCount: 0,
    secretUse: {},
  };
}
