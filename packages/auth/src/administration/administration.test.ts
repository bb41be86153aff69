import { SallyportError } from '@sallyport/core';
import { expect, it } from 'vitest';
import { describeAdministration } from '../../test-support/administration.ts';
import { later, start } from '../../test-support/calls.ts';
import { pepper } from '../../test-support/clients.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import { authenticateClient } from '../clients/authenticate-client.ts';
import { createSecretHasher } from '../clients/secret-hasher.ts';
import { createClientAdministration } from './create-administration.ts';

describeAdministration('administration', (given) => {
  const { arrange } = given;

  it('shows a client with its use, and no hash', async () => {
    const { administration, store } = arrange();
    const { clientId, secret } = await administration.create({
      name: '  Field app ',
      scopes: ['a:read', 'b:read', 'a:read'],
      expiresAt: later(3600),
      tokenLifetimeSeconds: 60,
      apis: { shop: { scopes: ['a:read'], tokenLifetimeSeconds: 30 }, other: {} },
      limits: { perMinute: 10 },
      attributes: { company: 'Acme' },
    });
    const [stored] = (await store.find(clientId))?.secrets ?? [];
    await store.recordUse?.(clientId, later(5), stored?.id);
    const shown = await administration.show(clientId);
    expect(shown).toEqual({
      clientId,
      name: 'Field app',
      active: true,
      expiresAt: later(3600),
      secrets: [{ id: stored?.id, scheme: 'hmac-sha256', pepper: 'k1', createdAt: start, lastUsedAt: later(5) }],
      scopes: ['a:read', 'b:read'],
      tokenLifetimeSeconds: 60,
      apis: { shop: { scopes: ['a:read'], tokenLifetimeSeconds: 30 }, other: {} },
      limits: { perMinute: 10 },
      attributes: { company: 'Acme' },
      createdAt: start,
      lastUsedAt: later(5),
      requestCount: 1,
    });
    for (const hidden of [secret, stored?.hash ?? 'none', 'hash', 'epoch']) {
      expect(JSON.stringify(shown)).not.toContain(hidden);
    }
  });

  it('lists by pages in the order of ids', async () => {
    const { administration } = arrange();
    for (const id of ['list-c', 'list-a', 'list-b']) {
      await administration.create({ clientId: id, name: id, scopes: [] });
    }
    const first = await administration.list({ after: 'list-', limit: 2 });
    expect([first.clients.map((one) => one.clientId), first.next]).toEqual([['list-a', 'list-b'], 'list-b']);
    const second = await administration.list({ after: first.next, limit: 1 });
    expect(second.clients.map((one) => one.clientId)).toEqual(['list-c']);
    const last = await administration.list({ after: 'list-c' });
    expect(last.clients.every((one) => one.clientId > 'list-c')).toBe(true);
    expect(last).not.toHaveProperty('next');
    for (const limit of [0, 201, 1.5, Number.NaN]) {
      await expect(administration.list({ limit })).rejects.toMatchObject({ code: 'rule_broken' });
    }
  });

  it('ends tokens where somebody may hold one who should not, and nowhere else', async () => {
    const { administration: admin, growth, clock } = arrange();
    const { clientId } = await admin.create({ name: 'Epochs', scopes: ['a:read'] });
    const grows = async (work: () => Promise<unknown>) => (await growth(clientId, work)) > 0;
    const jwks = { keys: [keyPair('ES256').publicJwk] };
    expect(await grows(() => admin.rotate(clientId, { overlapSeconds: 60 }))).toBe(false);
    expect(await grows(() => admin.rotate(clientId, { overlapSeconds: 60, keepTokens: false }))).toBe(true);
    expect(await grows(() => admin.rotate(clientId, { keepTokens: true }))).toBe(false);
    expect(await grows(() => admin.rotate(clientId))).toBe(true);
    expect(await grows(() => admin.setScopes(clientId, []))).toBe(false);
    expect(await grows(() => admin.setLimits(clientId, { perDay: 5 }))).toBe(false);
    expect(await grows(() => admin.setTokenLifetime(clientId, 5))).toBe(false);
    expect(await grows(() => admin.setAttributes(clientId, { a: 1 }))).toBe(false);
    expect(await grows(() => admin.rename(clientId, 'Other'))).toBe(false);
    expect(await grows(() => admin.setApis(clientId, { shop: {} }))).toBe(true);
    expect(await grows(() => admin.setKeys(clientId, jwks, { keepTokens: true }))).toBe(false);
    expect(await grows(() => admin.setKeys(clientId, undefined))).toBe(true);
    expect(await grows(() => admin.enable(clientId))).toBe(false);
    expect(await grows(() => admin.disable(clientId))).toBe(true);
    expect(await grows(() => admin.disable(clientId))).toBe(false);
    expect(await grows(() => admin.enable(clientId))).toBe(true);
    expect(await grows(() => admin.setExpiry(clientId, later(10)))).toBe(false);
    clock.at = later(10);
    expect(await grows(() => admin.setExpiry(clientId, undefined))).toBe(true);
  });

  it('sets and takes away what a client has', async () => {
    const { administration: admin } = arrange();
    const { clientId } = await admin.create({ name: 'Settings', scopes: [] });
    await admin.setLimits(clientId, { perMinute: 5, perDay: 50 });
    await admin.setApis(clientId, { shop: { scopes: ['a'] } });
    await admin.setExpiry(clientId, later(60));
    await admin.setTokenLifetime(clientId, 120);
    await admin.setAttributes(clientId, { company: 'Acme', list: [1] });
    await admin.setAttributes(clientId, { company: 'Globex', list: undefined });
    await admin.setFieldLists(clientId, { a: ['name', 'name', 'email'], b: [] });
    await admin.rename(clientId, 'Renamed');
    expect(await admin.show(clientId)).toMatchObject({
      name: 'Renamed',
      limits: { perMinute: 5, perDay: 50 },
      fieldLists: { a: ['name', 'email'], b: [] },
      apis: { shop: { scopes: ['a'] } },
      expiresAt: later(60),
      tokenLifetimeSeconds: 120,
      attributes: { company: 'Globex' },
    });
    expect((await admin.show(clientId)).attributes).toEqual({ company: 'Globex' });
    await admin.setLimits(clientId, undefined);
    await admin.setFieldLists(clientId, undefined);
    await admin.setApis(clientId, undefined);
    await admin.setExpiry(clientId, undefined);
    await admin.setTokenLifetime(clientId, undefined);
    const bare = await admin.show(clientId);
    for (const member of ['limits', 'fieldLists', 'apis', 'expiresAt', 'tokenLifetimeSeconds', 'keys']) {
      expect(bare).not.toHaveProperty(member);
    }
  });

  it('ends one secret of two', async () => {
    const { administration: admin, opens, growth } = arrange();
    const { clientId, secret: old } = await admin.create({ name: 'Two', scopes: [] });
    const { secret } = await admin.rotate(clientId, { overlapSeconds: 3600 });
    const [first] = (await admin.show(clientId)).secrets;
    expect(first?.expiresAt).toEqual(later(3600));
    expect([await opens(clientId, old), await opens(clientId, secret)]).toEqual([true, true]);
    expect(await growth(clientId, () => admin.revokeSecret(clientId, first?.id ?? ''))).toBe(1);
    expect([await opens(clientId, old), await opens(clientId, secret)]).toEqual([false, true]);
    await expect(admin.revokeSecret(clientId, first?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
    const [last] = (await admin.show(clientId)).secrets;
    expect(await growth(clientId, () => admin.revokeSecret(clientId, last?.id ?? '', { keepTokens: true }))).toBe(0);
    expect(await opens(clientId, secret)).toBe(false);
  });

  it('forgets when a secret was used that is gone', async () => {
    const { administration: admin, store } = arrange();
    const { clientId } = await admin.create({ name: 'Uses', scopes: [] });
    const [old] = (await admin.show(clientId)).secrets;
    await store.recordUse?.(clientId, start, old?.id);
    await admin.rotate(clientId, { overlapSeconds: 60 });
    expect((await admin.show(clientId)).secrets.map((one) => one.lastUsedAt)).toEqual([start, undefined]);
    await admin.rotate(clientId);
    const rows = await given.orm.em
      .fork()
      .getConnection()
      .execute(`select secret_use from sallyport_client where client_id = '${clientId}'`);
    expect(rows).toEqual([{ secret_use: {} }]);
  });

  it('deletes a client, whose tokens do not come back with a new one of its id', async () => {
    const { administration: admin, store, epoch, opens } = arrange();
    const { clientId, secret } = await admin.create({ clientId: 'phoenix', name: 'Old', scopes: [] });
    const heard: string[] = [];
    store.onChange((id) => heard.push(id));
    const old = await epoch(clientId);
    await admin.delete(clientId);
    expect(heard).toEqual(['phoenix']);
    expect(await store.find(clientId)).toBeUndefined();
    await admin.create({ clientId: 'phoenix', name: 'New', scopes: [] });
    expect(await epoch(clientId)).not.toBe(old);
    expect(await opens(clientId, secret)).toBe(false);
  });

  it('records each change under its actor, before it is made', async () => {
    const { administration: admin, audit, directory, hasher } = arrange();
    const { clientId } = await admin.create({ name: 'Audited', scopes: ['a:read'] });
    const bob = admin.as('bob');
    await bob.rotate(clientId, { overlapSeconds: 60 });
    await bob.revokeSecret(clientId, (await admin.show(clientId)).secrets[0]?.id ?? '');
    await bob.setScopes(clientId, ['b:read']);
    await bob.setKeys(clientId, undefined);
    await bob.setLimits(clientId, undefined);
    await bob.setApis(clientId, undefined);
    await bob.disable(clientId);
    await bob.enable(clientId);
    await bob.delete(clientId);
    expect(audit.events.map(({ type, actor }) => `${actor} ${type}`)).toEqual([
      'ada client.created',
      'bob client.secret-rotated',
      'bob client.secret-revoked',
      'bob client.scopes-changed',
      'bob client.keys-changed',
      'bob client.limits-changed',
      'bob client.changed',
      'bob client.disabled',
      'bob client.enabled',
      'bob client.deleted',
    ]);
    expect(audit.events.every((event) => event.clientId === clientId && event.outcome === 'done')).toBe(true);
    expect(audit.events[3]).toMatchObject({ scopes: ['b:read'], at: start });
    const nameless = createClientAdministration({ directory, hasher, audit });
    await nameless.create({ name: 'Nameless', scopes: [] });
    expect(audit.events.at(-1)).not.toHaveProperty('actor');
    expect(() => admin.as('bob\nada client.deleted')).toThrow(SallyportError);
  });

  it('makes secrets in another way, and lets tokens live in every rotation, where it is told to', async () => {
    const { directory, store, growth } = arrange();
    const slow = createSecretHasher({ peppers: { current: 'k1', keys: { k1: pepper } }, scheme: 'openspp' });
    const administration = createClientAdministration({
      directory,
      hasher: slow,
      newSecret: () => 'made elsewhere',
      rotationKeepsTokens: true,
    });
    const { clientId, secret } = await administration.create({ name: 'Elsewhere', scopes: [] });
    expect(secret).toBe('made elsewhere');
    expect((await administration.show(clientId)).secrets).toMatchObject([{ scheme: 'openspp' }]);
    expect(await growth(clientId, () => administration.rotate(clientId))).toBe(0);
    expect(await growth(clientId, () => administration.rotate(clientId, { keepTokens: false }))).toBe(1);
    const credentials = { clientId, secret };
    expect(await authenticateClient({ store, hasher: slow }, credentials, new Date())).toBeDefined();
  });

  it('is safe when many change one client at once', async () => {
    const { administration: admin, opens, epoch } = arrange();
    const { clientId } = await admin.create({ name: 'Parallel', scopes: [] });
    const old = await epoch(clientId);
    const rotated = await Promise.all([
      ...Array.from({ length: 8 }, () => admin.rotate(clientId, { overlapSeconds: 3600, keepTokens: false })),
    ]);
    const { secrets } = await admin.show(clientId);
    expect(secrets).toHaveLength(2);
    expect(await epoch(clientId)).toBe(old + 8);
    const open = await Promise.all(rotated.map(({ secret }) => opens(clientId, secret)));
    expect(open.filter(Boolean)).toHaveLength(2);

    await Promise.all([
      admin.rename(clientId, 'Renamed'),
      admin.setScopes(clientId, ['a:read']),
      admin.setLimits(clientId, { perDay: 7 }),
      admin.setAttributes(clientId, { one: 1 }),
      admin.setAttributes(clientId, { two: 2 }),
      admin.disable(clientId),
    ]);
    expect(await admin.show(clientId)).toMatchObject({
      name: 'Renamed',
      scopes: ['a:read'],
      limits: { perDay: 7 },
      attributes: { one: 1, two: 2 },
      active: false,
    });
  });

  it('lets one of several win that take one id, and one of several that delete', async () => {
    const { administration: admin } = arrange();
    const make = () => admin.create({ clientId: 'only-one', name: 'One', scopes: [] });
    const made = await Promise.allSettled([make(), make(), make()]);
    const refusals = made.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(refusals).toEqual(['duplicate', 'duplicate']);
    const removed = await Promise.allSettled([1, 2, 3].map(() => admin.delete('only-one')));
    const missing = removed.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(missing).toEqual(['not_found', 'not_found']);
  });
});
