import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { later, start } from '../../../test-support/calls.ts';
import { testClient, testHasher } from '../../../test-support/clients.ts';
import { databases, type TestDatabase } from '../../../test-support/databases.ts';
import {
  type ApiKeyAdminOptions,
  type ApiKeyStore,
  createApiKeyAdmin,
  createApiKeyStore,
  createMemoryApiKeyStore,
  createMemoryClientStore,
  memoryAuditTrail,
} from '../../index.ts';
import { apiKeyDigest } from './key.ts';

const { client } = testClient(testHasher());

/** What every store of ours does. */
function storeSuite(open: () => ApiKeyStore, dump: () => Promise<string>): void {
  const arrange = (change: Partial<ApiKeyAdminOptions> = {}) => {
    const store = open();
    let now = start;
    const clients = createMemoryClientStore([client, { ...client, clientId: 'client-two' }]);
    const admin = createApiKeyAdmin({ store, clients, clock: { now: () => now }, ...change });
    return {
      store,
      admin,
      set: (time: Date) => {
        now = time;
      },
    };
  };

  it('shows a key once and keeps its digest', async () => {
    const { store, admin } = arrange();
    const made = { clientId: client.clientId, name: 'nightly', scopes: ['partner:read'], expiresAt: later(3600) };
    const { id, key } = await admin.issue(made);
    expect(key).toMatch(/^spk_live_/);
    const digest = apiKeyDigest(key);
    const stored = { ...made, id, digest, epoch: client.epoch, createdAt: start };
    expect(await store.find(digest)).toEqual(stored);
    expect(await store.find(key)).toBeUndefined();
    const shown = await admin.list(client.clientId);
    expect(shown.at(-1)).toEqual({ ...made, id, createdAt: start });
    expect(JSON.stringify(shown)).not.toContain(digest);
    expect(await dump()).not.toContain(key.slice(9));
    await admin.revoke(id);
    expect(await store.find(digest)).toBeUndefined();
    await expect(admin.revoke(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lists the keys of one client, the oldest first, and revokes them together', async () => {
    const { admin, set, store } = arrange();
    const names = ['a', 'b', 'c'];
    for (const [turn, name] of names.entries()) {
      set(later(turn));
      await admin.issue({ clientId: 'client-two', name, environment: 'test' });
    }
    const other = await admin.issue({ clientId: client.clientId, name: 'kept' });
    expect((await admin.list('client-two')).map(({ name }) => name)).toEqual(names);
    const removed: string[] = [];
    const stop = store.onRemove?.((digest) => removed.push(digest));
    expect(await admin.revokeAll('client-two')).toBe(3);
    stop?.();
    expect(removed).toHaveLength(3);
    expect(await admin.list('client-two')).toEqual([]);
    expect(await store.find(apiKeyDigest(other.key))).toMatchObject({ name: 'kept' });
    await admin.revoke(other.id);
    expect(removed).toHaveLength(3);
  });

  it('keeps the latest use of each', async () => {
    const { admin, store } = arrange();
    const { id } = await admin.issue({ clientId: client.clientId, name: 'used' });
    await store.recordUses?.([
      { id, at: later(60) },
      { id: 'key_gone', at: later(60) },
    ]);
    await store.recordUses?.([]);
    const [info] = (await admin.list(client.clientId)).filter((one) => one.id === id);
    expect(info?.lastUsedAt).toEqual(later(60));
    await admin.revoke(id);
  });
}

describe('API keys in memory', () => {
  const store = createMemoryApiKeyStore();
  storeSuite(
    () => store,
    async () => JSON.stringify([await store.list(client.clientId)]),
  );
});

describe.each(databases)('API keys on %s', (_name, open) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database?.close());
  storeSuite(
    () => createApiKeyStore(database.orm),
    async () => {
      const rows = await database.orm.em
        .fork()
        .getConnection()
        .execute('select k::text as row from sallyport_api_key k');
      return JSON.stringify(rows);
    },
  );
});

describe('administration', () => {
  const arrange = (change: Partial<ApiKeyAdminOptions> = {}) => {
    const store = createMemoryApiKeyStore();
    const clients = createMemoryClientStore([client]);
    return { store, admin: createApiKeyAdmin({ store, clients, clock: { now: () => start }, ...change }) };
  };

  it.each([
    [{ clientId: 'nobody' }, 'not_found'],
    [{ name: '' }, 'rule_broken'],
    [{ name: 'x'.repeat(201) }, 'rule_broken'],
    [{ scopes: ['partner:delete'] }, 'rule_broken'],
    [{ expiresAt: start }, 'rule_broken'],
    [{ expiresAt: new Date(Number.NaN) }, 'rule_broken'],
  ])('refuses %o', async (change, code) => {
    const { admin, store } = arrange();
    await expect(admin.issue({ clientId: client.clientId, name: 'x', ...change })).rejects.toMatchObject({ code });
    expect(await store.list(client.clientId)).toEqual([]);
  });

  it('tells the trail of each change, with no key in it', async () => {
    const audit = memoryAuditTrail();
    const { admin } = arrange({ audit, actor: 'root@console' });
    const { id, key } = await admin.issue({ clientId: client.clientId, name: 'x', scopes: ['partner:read'] });
    await admin.revoke(id);
    const told = {
      at: start,
      outcome: 'done',
      clientId: client.clientId,
      actor: 'root@console',
      scopes: ['partner:read'],
    };
    expect(audit.events).toEqual([
      { ...told, type: 'api-key.issued' },
      { ...told, type: 'api-key.revoked' },
    ]);
    expect(JSON.stringify(audit.events)).not.toContain(key.slice(9));
    expect(JSON.stringify(audit.events)).not.toContain(apiKeyDigest(key));
  });

  it('issues nothing that it cannot tell of, and still revokes', async () => {
    let down = true;
    const audit = { record: () => (down ? Promise.reject(new Error('down')) : undefined) };
    const { admin, store } = arrange({ audit });
    const issue = () => admin.issue({ clientId: client.clientId, name: 'x' });
    await expect(issue()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.list(client.clientId)).toEqual([]);
    down = false;
    const { id } = await issue();
    down = true;
    await expect(admin.revoke(id)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.list(client.clientId)).toEqual([]);
  });

  it('says so when a store does not answer', async () => {
    const failing = () => Promise.reject(new Error('down'));
    const { admin } = arrange({ store: { find: failing, insert: failing, list: failing, remove: failing } });
    await expect(admin.issue({ clientId: client.clientId, name: 'x' })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(admin.list('x')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(admin.revoke('x')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
