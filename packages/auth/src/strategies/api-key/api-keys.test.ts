import { ConfigurationError, LoggerService, SallyportError } from '@sallyport/core';
import { memoryLogger } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { head, later, start, testSetup } from '../../../test-support/calls.ts';
import { testClient, testHasher } from '../../../test-support/clients.ts';
import { type ChangeFeed, ChangeFeedService } from '../../changes/change-feed.ts';
import { createMemoryChangeFeed } from '../../changes/memory-feed.ts';
import {
  type ApiKeyStore,
  type ApiKeysOptions,
  apiKeys,
  createApiKeyAdmin,
  createMemoryApiKeyStore,
  createMemoryClientStore,
} from '../../index.ts';
import { issueApiKey } from './key.ts';

const { client } = testClient(testHasher());

function arrange(change: Partial<ApiKeysOptions> = {}, changes?: ChangeFeed) {
  const inner = createMemoryApiKeyStore();
  const calls = { find: 0, uses: [] as unknown[] };
  const store: ApiKeyStore = {
    ...inner,
    find: (digest) => {
      calls.find += 1;
      return inner.find(digest);
    },
    recordUses: async (uses) => {
      calls.uses.push(uses);
      await inner.recordUses?.(uses);
    },
  };
  const clients = createMemoryClientStore([client]);
  const setup = testSetup();
  const logger = memoryLogger();
  setup.services.register(LoggerService, () => logger);
  if (changes !== undefined) setup.services.register(ChangeFeedService, () => changes);
  const plugin = apiKeys({ store, clients, ...change });
  const [strategy] = typeof plugin.strategies === 'function' ? plugin.strategies(setup) : [];
  if (strategy === undefined) throw new Error('no strategy');
  const admin = createApiKeyAdmin({ store, clients, clock: { now: () => start } });
  const ask = async (headers: Record<string, string>, now = start) =>
    strategy.authenticate({ head: head(headers), now, services: setup.services });
  /** The caller with its scopes, or the refusal. */
  const told = async (key: string, now = start): Promise<unknown> => {
    try {
      const principal = await ask({ 'x-api-key': key }, now);
      return principal === undefined || !('id' in principal) ? 'none' : [principal.id, ...principal.scopes];
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      return [error.code, error.status, error.headers['WWW-Authenticate']];
    }
  };
  return { admin, ask, calls, clients, logger, plugin, store, strategy, told };
}

const refused = ['invalid_token', 401, 'ApiKey realm="test", header="X-API-Key"'];
const whole = ['client-one', 'partner:read', 'partner:create'];

it('lets in whoever sends a key, as its client', async () => {
  const { admin, ask } = arrange();
  const { key } = await admin.issue({ clientId: client.clientId, name: 'ci' });
  const principal = await ask({ 'x-api-key': key });
  expect(principal).toEqual({
    kind: 'client',
    id: client.clientId,
    scopes: new Set(client.scopes),
    strategy: 'auth.api-keys',
    attributes: client.attributes,
  });
  expect(Object.isFrozen(principal)).toBe(true);
  expect(await ask({ 'x-api-key': key })).toBe(principal);
});

it('refuses what is no key of ours, and asks no store about it', async () => {
  const { told, calls, ask, strategy } = arrange();
  for (const key of [
    'x',
    'spk_live_',
    `${issueApiKey()}x`,
    issueApiKey().toUpperCase(),
    '__proto__',
    'a'.repeat(9000),
  ]) {
    expect(await told(key)).toEqual(refused);
  }
  expect(calls.find).toBe(0);
  expect(await told(issueApiKey())).toEqual(refused);
  expect(calls.find).toBe(1);
  for (const headers of [{}, { 'x-api-key': '' }, { authorization: `Bearer ${issueApiKey()}` }] as Record<
    string,
    string
  >[]) {
    expect(await ask(headers)).toBeUndefined();
    expect(strategy.carries?.(head(headers))).toBe(false);
  }
});

it('takes one key in one header', async () => {
  const { admin, told } = arrange();
  const { key } = await admin.issue({ clientId: client.clientId, name: 'ci' });
  expect(await told(`${key}, ${key}`)).toEqual(['malformed_request', 400, undefined]);
  expect(await told(`${key}, other`)).toEqual(['malformed_request', 400, undefined]);
});

it('takes another header by option, and no header that means something else', async () => {
  const { admin, ask, strategy } = arrange({ header: 'X-Partner-Key', realm: false, name: 'keys' });
  const { key } = await admin.issue({ clientId: client.clientId, name: 'ci' });
  expect(await ask({ 'x-partner-key': key })).toMatchObject({ id: client.clientId, strategy: 'keys' });
  expect(await ask({ 'x-api-key': key })).toBeUndefined();
  expect(strategy.challenge).toBe('ApiKey header="X-Partner-Key"');
  expect(strategy.scheme).toEqual({
    name: 'apiKey',
    definition: { type: 'apiKey', in: 'header', name: 'X-Partner-Key' },
  });
  for (const header of ['Authorization', 'cookie', 'HOST', 'a b', '']) {
    expect(() => arrange({ header })).toThrow(ConfigurationError);
  }
  for (const change of [{ cacheSeconds: 6 }, { clientCacheSeconds: -1 }]) {
    expect(() => arrange(change)).toThrow(ConfigurationError);
  }
});

describe('what a key may do', () => {
  it('is what it was given of its client, as far as the client still holds it', async () => {
    const { admin, told, clients } = arrange();
    const { key } = await admin.issue({ clientId: client.clientId, name: 'ci', scopes: ['partner:read'] });
    expect(await told(key)).toEqual(['client-one', 'partner:read']);
    clients.set({ ...client, scopes: ['partner:create', 'partner:delete'] });
    expect(await told(key)).toEqual(['client-one']);
  });

  it('grows with its client when nothing was said', async () => {
    const { admin, told, clients } = arrange();
    const { key } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    expect(await told(key)).toEqual(whole);
    clients.set({ ...client, scopes: ['a'] });
    expect(await told(key)).toEqual(['client-one', 'a']);
  });

  it('is what the client may do at this API', async () => {
    const { admin, told, clients } = arrange();
    const { key } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    clients.set({ ...client, apis: { test: { scopes: ['partner:read'] } } });
    expect(await told(key)).toEqual(['client-one', 'partner:read']);
    clients.set({ ...client, apis: { other: {} } });
    expect(await told(key)).toEqual(refused);
  });
});

describe('what ends a key', () => {
  it('is its client, while that is away, disabled or expired', async () => {
    const { admin, told, clients } = arrange();
    const { key } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    clients.set({ ...client, active: false });
    expect(await told(key)).toEqual(refused);
    clients.set({ ...client, expiresAt: start });
    expect(await told(key)).toEqual(refused);
    clients.set({ ...client, epoch: 9 });
    expect(await told(key)).toEqual(whole);
    clients.delete(client.clientId);
    expect(await told(key)).toEqual(refused);
  });

  it('is any change of its client, by option', async () => {
    const { admin, told, clients } = arrange({ epoch: true });
    const { key } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    expect(await told(key)).toEqual(whole);
    clients.set({ ...client, epoch: client.epoch + 1 });
    expect(await told(key)).toEqual(refused);
  });

  it('is its own time', async () => {
    const { admin, told } = arrange({ cacheSeconds: 5 });
    const { key } = await admin.issue({ clientId: client.clientId, name: 'ci', expiresAt: later(3) });
    expect(await told(key, later(2))).toEqual(whole);
    expect(await told(key, later(3))).toEqual(refused);
  });

  it('is its revocation, at once in this process', async () => {
    const { admin, told, calls } = arrange();
    const { key, id } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    expect([await told(key), await told(key)]).toEqual([whole, whole]);
    expect(calls.find).toBe(1);
    await admin.revoke(id);
    expect(await told(key)).toEqual(refused);
  });

  it('is its revocation by another process, when the cache runs out', async () => {
    const keys = createMemoryApiKeyStore();
    const { onRemove: _, ...deaf } = keys;
    const { told } = arrange({ store: deaf });
    const admin = createApiKeyAdmin({ store: keys, clients: createMemoryClientStore([client]) });
    const { key, id } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    expect(await told(key)).toEqual(whole);
    await admin.revoke(id);
    expect(await told(key, later(0.999))).toEqual(whole);
    expect(await told(key, later(1))).toEqual(refused);
  });

  it('is its revocation by another process, at once with a feed of changes', async () => {
    const keys = createMemoryApiKeyStore();
    const { onRemove: _, ...deaf } = keys;
    const changes = createMemoryChangeFeed();
    await changes.start();
    const { told } = arrange({ store: deaf }, changes);
    const admin = createApiKeyAdmin({ store: keys, clients: createMemoryClientStore([client]), changes });
    const { key, id } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    expect([await told(key), await told(key, later(4.9))]).toEqual([whole, whole]);
    await admin.revoke(id);
    expect(await told(key, later(4.9))).toEqual(refused);
  });
});

describe('while a store is down', () => {
  it.each(['find', 'clients'] as const)('is 503 (%s)', async (which) => {
    const failing = () => Promise.reject(new Error('down'));
    const keys = createMemoryApiKeyStore();
    const clients = createMemoryClientStore([client]);
    const { key } = await createApiKeyAdmin({ store: keys, clients }).issue({ clientId: client.clientId, name: 'ci' });
    const { told } = arrange(
      which === 'find' ? { store: { ...keys, find: failing } } : { store: keys, clients: { find: failing } },
    );
    expect(await told(key)).toEqual(['unavailable', 503, undefined]);
  });
});

describe('the last use', () => {
  it('is written once a minute, not once a call', async () => {
    const { admin, told, calls } = arrange();
    const { key, id } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    for (let second = 0; second < 60; second += 1) await told(key, later(second));
    expect(calls.uses).toEqual([]);
    await told(key, later(60));
    expect(calls.uses).toEqual([[{ id, at: later(60) }]]);
    await told(key, later(61));
    expect(calls.uses).toHaveLength(1);
    expect(await admin.list(client.clientId)).toMatchObject([{ id, name: 'ci', lastUsedAt: later(60) }]);
  });

  it('is written at the end, and a failure is logged and no more', async () => {
    const { admin, told, plugin, calls } = arrange();
    const { key, id } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    await told(key, later(5));
    await plugin.stop?.();
    expect(calls.uses).toEqual([[{ id, at: later(5) }]]);

    const keys = createMemoryApiKeyStore();
    const failing = arrange({ store: { ...keys, recordUses: () => Promise.reject(new Error('down')) } });
    const issuing = createApiKeyAdmin({ store: keys, clients: failing.clients });
    const another = await issuing.issue({ clientId: client.clientId, name: 'ci' });
    expect(await failing.told(another.key)).toEqual(whole);
    await failing.plugin.stop?.();
    expect(failing.logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  it('is not that of a refused call', async () => {
    const { admin, told, plugin, clients, calls } = arrange();
    const { key } = await admin.issue({ clientId: client.clientId, name: 'ci' });
    clients.set({ ...client, active: false });
    await told(key);
    await plugin.stop?.();
    expect(calls.uses).toEqual([]);
  });
});
