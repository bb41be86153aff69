import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { pepper, testClient } from '../../test-support/clients.ts';
import { databases, type TestDatabase } from '../../test-support/databases.ts';
import { memoryAuditTrail } from '../audit/audit-trail.ts';
import { authenticateClient } from './authenticate-client.ts';
import type { ClientRecord, ClientStore } from './client.ts';
import { createClientAdmin } from './client-admin.ts';
import { createClientStore } from './client-store.ts';
import { createMemoryClientStore } from './memory-store.ts';
import { issueSecret } from './secret.ts';
import { describeStoredSecret } from './secret-forms.ts';
import { createSecretHasher } from './secret-hasher.ts';

const keys = { k1: pepper, k2: `${pepper}2` };
const before = createSecretHasher({ peppers: { current: 'k1', keys } });
const hasher = createSecretHasher({ peppers: { current: 'k2', keys } });

/** A client whose secret is stored with an old pepper, in a store whose replacements can be waited for. */
function arrange(change: Partial<ClientRecord> = {}) {
  const { client, secret, clientId } = testClient(before, change);
  const memory = createMemoryClientStore([client]);
  const audit = memoryAuditTrail();
  const upgrade = vi.fn(memory.upgradeSecret ?? (() => Promise.reject(new Error('no such method'))));
  const store = { ...memory, upgradeSecret: upgrade };
  const log = { warn: vi.fn() };
  const enter = async (parts: { store?: ClientStore; hasher?: typeof hasher; secret?: string } = {}) =>
    authenticateClient(
      { store: parts.store ?? store, hasher: parts.hasher ?? hasher, audit, log },
      { clientId, secret: parts.secret ?? secret },
      start,
    );
  const stored = async () => (await memory.find(clientId))?.secrets[0]?.hash ?? '';
  return { client, secret, clientId, memory, store, upgrade, audit, log, enter, stored };
}

it('replaces an old form after the login, once, and the epoch stays', async () => {
  const { enter, stored, audit, memory, client, upgrade } = arrange();
  expect((await enter())?.client).toEqual(client);
  await vi.waitFor(async () => expect(audit.events).toHaveLength(1));
  expect(describeStoredSecret(await stored())).toEqual({ scheme: 'hmac-sha256', pepper: 'k2' });
  expect(await memory.find(client.clientId)).toMatchObject({ epoch: client.epoch, secrets: [{ id: 's1' }] });
  expect(audit.events).toEqual([
    { type: 'client.secret-upgraded', at: start, outcome: 'done', clientId: client.clientId },
  ]);
  expect(await enter()).toBeDefined();
  expect(upgrade).toHaveBeenCalledTimes(1);
});

it('makes one replacement, however many log in at once', async () => {
  const { enter, upgrade, audit, stored } = arrange();
  const slow = createSecretHasher({ peppers: { current: 'k2', keys }, scheme: 'argon2id', pepperImports: true });
  const entered = await Promise.all(Array.from({ length: 8 }, () => enter({ hasher: slow })));
  expect(entered.every((one) => one !== undefined)).toBe(true);
  // A digest stays one: what is replaced is its pepper.
  await vi.waitFor(async () => expect(describeStoredSecret(await stored())).toMatchObject({ pepper: 'k2' }));
  expect(upgrade).toHaveBeenCalledTimes(1);
  expect(audit.events).toHaveLength(1);
});

it('does not wait for the replacement', async () => {
  const { enter, upgrade, audit } = arrange();
  let release: (done: boolean) => void = () => {};
  upgrade.mockReturnValueOnce(
    new Promise((resolve) => {
      release = resolve;
    }),
  );
  expect(await enter()).toBeDefined();
  expect(audit.events).toEqual([]);
  release(true);
  await vi.waitFor(() => expect(audit.events).toHaveLength(1));
});

it('leaves everything as it is for a wrong secret, and for a client that is not let in', async () => {
  const wrong = arrange();
  expect(await wrong.enter({ secret: issueSecret() })).toBeUndefined();
  const disabled = arrange({ active: false });
  expect(await disabled.enter()).toBeUndefined();
  const current = arrange();
  expect(await current.enter({ hasher: before })).toBeDefined();
  await turn();
  for (const { upgrade } of [wrong, disabled, current]) expect(upgrade).not.toHaveBeenCalled();
});

it('leaves a store alone that cannot replace, and a secret that has no id', async () => {
  const { enter, memory, log, client, upgrade } = arrange();
  const { upgradeSecret: _, ...plain } = memory;
  expect(await enter({ store: plain })).toBeDefined();
  memory.set({ ...client, secrets: client.secrets.map(({ hash }) => ({ hash })) });
  expect(await enter()).toBeDefined();
  await turn();
  expect(upgrade).not.toHaveBeenCalled();
  expect(log.warn).not.toHaveBeenCalled();
});

it('never fails the login: a store that rejects is logged, without the secret, and tried again', async () => {
  const { enter, upgrade, log, secret, audit } = arrange();
  upgrade.mockRejectedValueOnce(new Error('connection lost'));
  expect(await enter()).toBeDefined();
  await vi.waitFor(() => expect(log.warn).toHaveBeenCalledTimes(1));
  expect(JSON.stringify(log.warn.mock.calls)).not.toContain(secret);
  expect(audit.events).toEqual([]);
  expect(await enter()).toBeDefined();
  await vi.waitFor(() => expect(audit.events).toHaveLength(1));
});

it('is quiet when another process was faster', async () => {
  const { enter, upgrade, log, audit } = arrange();
  upgrade.mockResolvedValueOnce(false);
  expect(await enter()).toBeDefined();
  await turn();
  await turn();
  expect([audit.events, log.warn.mock.calls]).toEqual([[], []]);
});

it('takes the replacement back when it cannot be audited', async () => {
  const { store, secret, clientId, stored, log } = arrange();
  const old = await stored();
  const audit = { record: () => Promise.reject(new Error('trail is full')) };
  expect(await authenticateClient({ store, hasher, audit, log }, { clientId, secret }, start)).toBeDefined();
  await vi.waitFor(() => expect(log.warn).toHaveBeenCalledTimes(1));
  expect(await stored()).toBe(old);
});

describe.each(databases)('over %s', (_, open) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database?.close());

  it('replaces one of two secrets, and loses no change that is made meanwhile', async () => {
    const store = createClientStore(database.orm);
    const admin = createClientAdmin(database.orm, store, before, { clock: { now: () => start } });
    const { clientId, secret } = await admin.create({ name: 'A', scopes: [] });
    await admin.rotate(clientId, { overlapSeconds: 60 });
    const client = await store.find(clientId);
    const audit = memoryAuditTrail();
    expect(await authenticateClient({ store, hasher, audit }, { clientId, secret }, start)).toBeDefined();
    await vi.waitFor(() => expect(audit.events).toHaveLength(1), { timeout: 5000 });
    const forms = async () =>
      (await store.find(clientId))?.secrets.map(({ hash }) => describeStoredSecret(hash).pepper);
    expect(await forms()).toEqual(['k2', 'k1']);
    expect(await store.find(clientId)).toMatchObject({
      epoch: client?.epoch,
      secrets: [{ id: client?.secrets[0]?.id, expiresAt: client?.secrets[0]?.expiresAt }, client?.secrets[1]],
    });

    // A hash that is gone, a secret that is gone, a client that is not there.
    const old = client?.secrets[0]?.hash ?? '';
    const id = client?.secrets[0]?.id ?? '';
    const replace = store.upgradeSecret;
    expect(await replace?.(clientId, id, old, 'x')).toBe(false);
    expect(await replace?.(clientId, 'gone', old, 'x')).toBe(false);
    expect(await replace?.('nobody', id, old, 'x')).toBe(false);
    expect(await forms()).toEqual(['k2', 'k1']);
  });

  it('lets one of several replacements win, beside rotations', async () => {
    const store = createClientStore(database.orm);
    const admin = createClientAdmin(database.orm, store, before);
    const { clientId, secret } = await admin.create({ name: 'B', scopes: [] });
    const [stored] = (await store.find(clientId))?.secrets ?? [];
    const replacements = Array.from({ length: 6 }, (__, index) =>
      store.upgradeSecret?.(
        clientId,
        stored?.id ?? '',
        stored?.hash ?? '',
        `${hasher.hash(clientId, secret)}-${index}`,
      ),
    );
    const [won] = await Promise.all([Promise.all(replacements), admin.rotate(clientId, { overlapSeconds: 60 })]);
    expect(won.filter((one) => one === true)).toHaveLength(1);
    const secrets = (await store.find(clientId))?.secrets ?? [];
    expect(secrets).toHaveLength(2);
    expect(secrets[0]?.hash).toMatch(/-\d$/);
  });
});
