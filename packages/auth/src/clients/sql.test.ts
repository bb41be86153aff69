import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { later, start, testSetup } from '../../test-support/calls.ts';
import { testHasher } from '../../test-support/clients.ts';
import { databases, type TestDatabase } from '../../test-support/databases.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import {
  authenticateClient,
  createClientAdmin,
  createClientStore,
  createRevocationStore,
  createTokenStore,
  opaqueTokens,
} from '../index.ts';

describe.each(databases)('the tables on %s', (_name, open) => {
  let database: TestDatabase;
  const hasher = testHasher();
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  const parts = (now = start) => {
    const store = createClientStore(database.orm);
    const admin = createClientAdmin(database.orm, store, hasher, { clock: { now: () => now } });
    return { store, admin };
  };

  it('creates a client whose secret opens it, and stores no secret', async () => {
    const { store, admin } = parts();
    const attributes = { organisation: 'süd', list: [1, 2] };
    const { clientId, secret } = await admin.create({
      name: 'A',
      scopes: ['a:read'],
      attributes,
      expiresAt: later(60),
    });
    expect(clientId).toMatch(/^client_[A-Za-z0-9_-]{22}$/);
    const client = await store.find(clientId);
    expect(client).toMatchObject({ clientId, active: true, scopes: ['a:read'], attributes });
    expect(client?.expiresAt).toEqual(later(60));
    expect(JSON.stringify(client)).not.toContain(secret);
    expect((await authenticateClient({ store, hasher }, { clientId, secret }, start))?.client.clientId).toBe(clientId);
    expect(await authenticateClient({ store, hasher }, { clientId, secret }, later(61))).toBeUndefined();
    expect(await store.find('nobody')).toBeUndefined();
  });

  it('rotates with an overlap, disables, enables and changes scopes, each with a call to listeners', async () => {
    const { store, admin } = parts();
    const { clientId, secret: first } = await admin.create({ name: 'B', scopes: ['a:read'] });
    const heard: string[] = [];
    store.onChange((id) => heard.push(id));
    const { secret: second } = await admin.rotate(clientId, { overlapSeconds: 3600 });
    const opens = async (secret: string, now = start) =>
      (await authenticateClient({ store, hasher }, { clientId, secret }, now)) !== undefined;
    expect([await opens(first), await opens(second)]).toEqual([true, true]);
    expect([await opens(first, later(3601)), await opens(second, later(3601))]).toEqual([false, true]);
    const { secret: third } = await admin.rotate(clientId);
    expect([await opens(first), await opens(second), await opens(third)]).toEqual([false, false, true]);
    await admin.disable(clientId);
    expect(await opens(third)).toBe(false);
    await admin.enable(clientId);
    await admin.setScopes(clientId, ['b:read', 'b:create']);
    expect(await opens(third)).toBe(true);
    expect(await store.find(clientId)).toMatchObject({ scopes: ['b:read', 'b:create'] });
    expect(heard).toEqual(Array(5).fill(clientId));
    await expect(admin.setScopes(clientId, ['bad scope'])).rejects.toMatchObject({ code: 'rule_broken' });
    await expect(admin.disable('nobody')).rejects.toMatchObject({ code: 'not_found' });
    await expect(admin.create({ name: 'C', clientId: 'a:b', scopes: [] })).rejects.toMatchObject({
      code: 'rule_broken',
    });
  });

  it('creates a client with keys and no secret, and changes them', async () => {
    const { store, admin } = parts();
    const [one, two] = [keyPair('ES256'), keyPair('EdDSA')];
    const jwks = { keys: [{ ...one.publicJwk, kid: 'one' }] };
    const issued = await admin.create({ name: 'K', scopes: ['a:read'], jwks });
    expect(Object.keys(issued)).toEqual(['clientId']);
    const { clientId } = issued;
    const stored = { ...one.publicJwk, kid: 'one', use: 'sig', alg: 'ES256' };
    expect(await store.find(clientId)).toMatchObject({
      secrets: [],
      keys: { keys: [stored] },
      attributes: {},
    });
    for (const secret of ['', 'guess']) {
      expect(await authenticateClient({ store, hasher }, { clientId, secret }, start)).toBeUndefined();
    }

    const heard: string[] = [];
    store.onChange((id) => heard.push(id));
    await admin.setKeys(clientId, { keys: [...jwks.keys, { ...two.publicJwk, kid: 'two', alg: 'Ed25519' }] });
    expect((await store.find(clientId))?.keys?.keys.map(({ kid, alg }) => [kid, alg])).toEqual([
      ['one', 'ES256'],
      ['two', 'Ed25519'],
    ]);
    await admin.setKeys(clientId, undefined);
    expect(await store.find(clientId)).not.toHaveProperty('keys');
    expect(heard).toEqual([clientId, clientId]);

    for (const bad of [{ keys: [] }, { keys: [one.privateJwk] }, null as never]) {
      const refused = { code: 'rule_broken', detail: expect.stringMatching(/^jwks/) };
      await expect(admin.setKeys(clientId, bad)).rejects.toMatchObject(refused);
      const attempt = admin.create({ name: 'L', clientId: 'refused', scopes: [], jwks: bad });
      await expect(attempt).rejects.toMatchObject(refused);
    }
    expect(await store.find('refused')).toBeUndefined();
    await expect(admin.setKeys('nobody', jwks)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lets a client go over from its secret to keys', async () => {
    const { store, admin } = parts();
    const { clientId, secret } = await admin.create({ name: 'M', scopes: [] });
    const opens = async () => (await authenticateClient({ store, hasher }, { clientId, secret }, start)) !== undefined;
    const jwks = { keys: [keyPair('ES256').publicJwk] };
    expect(await store.find(clientId)).not.toHaveProperty('keys');
    await admin.setKeys(clientId, jwks);
    expect(await opens()).toBe(true);
    await admin.setKeys(clientId, jwks, { endSecrets: true });
    expect(await opens()).toBe(false);
    expect(await store.find(clientId)).toMatchObject({ secrets: [], keys: { keys: [{ kty: 'EC' }] } });
  });

  it('counts the uses of a client and of its secret', async () => {
    const { store, admin } = parts();
    const { clientId } = await admin.create({ name: 'D', scopes: [] });
    const secretId = (await store.find(clientId))?.secrets[0]?.id ?? '';
    await store.recordUse?.(clientId, start, secretId);
    await store.recordUse?.(clientId, later(5));
    const rows = await database.orm.em
      .fork()
      .getConnection()
      .execute(
        `select request_count, secret_use, (last_used_at = '${later(5).toISOString()}') as last
       from sallyport_client where client_id = '${clientId}'`,
      );
    expect(rows).toEqual([{ request_count: 2, secret_use: { [secretId]: start.toISOString() }, last: true }]);
  });

  it.each([true, false])('keeps opaque tokens by their digest (with clients: %s)', async (withClients) => {
    const { store, admin } = parts();
    const { clientId } = await admin.create({ name: 'E', scopes: ['a:read'] });
    const tokens = opaqueTokens({
      store: createTokenStore(database.orm, { withClients }),
      clients: store,
      cacheSeconds: 0,
    });
    const service = tokens.connect(testSetup());
    const client = await store.find(clientId);
    if (client === undefined) throw new Error('no client');
    const { token, expiresInSeconds } = await service.issue({ client, scopes: ['a:read'], now: start });
    expect(expiresInSeconds).toBe(600);
    expect([...(await service.verify(token, start)).scopes]).toEqual(['a:read']);
    const dump = await database.orm.em.fork().getConnection().execute('select t::text as row from sallyport_token t');
    expect(JSON.stringify(dump)).not.toContain(token.slice(4));
    await expect(service.verify(token, later(600))).rejects.toMatchObject({ kind: 'token_expired' });
    await admin.disable(clientId);
    await expect(service.verify(token, start)).rejects.toMatchObject({ kind: 'client_unknown' });
    await admin.enable(clientId);
    // The epoch has changed meanwhile: a token does not come back to life.
    await expect(service.verify(token, start)).rejects.toMatchObject({ kind: 'token_invalid' });
    await service.revoke(token, start);
    expect(await createTokenStore(database.orm).find(token)).toBeUndefined();
    await createTokenStore(database.orm).removeExpired?.(later(9999));
  });

  it('remembers revoked tokens until they would have expired', async () => {
    const revocations = createRevocationStore(database.orm);
    await revocations.revoke('jti-1', later(60), start);
    await revocations.revoke('jti-1', later(60), start);
    expect(await revocations.isRevoked('jti-1', start)).toBe(true);
    expect(await revocations.isRevoked('jti-2', start)).toBe(false);
    await revocations.revoke('jti-3', later(600), later(61));
    expect(await revocations.isRevoked('jti-1', later(61))).toBe(false);
  });
});
