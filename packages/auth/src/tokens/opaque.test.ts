import { ConfigurationError } from '@sallyport/core';
import { describe, expect, it, vi } from 'vitest';
import { later, start, testSetup } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { unknownToken } from '../../test-support/tokens.ts';
import { createMemoryClientStore } from '../clients/memory-store.ts';
import { type OpaqueTokenOptions, opaqueTokens } from './opaque.ts';
import { createMemoryTokenStore, type TokenStore } from './token-store.ts';

const { client } = testClient(testHasher());
const scopes = ['partner:read', 'gone:read'];

async function arrange(options: OpaqueTokenOptions = {}) {
  const clients = createMemoryClientStore([client]);
  const memory = createMemoryTokenStore();
  const store = { ...memory, find: vi.fn(memory.find), insert: vi.fn(memory.insert) };
  const setup = testSetup();
  const kind = opaqueTokens({ store, clients, ...options });
  const service = kind.connect(setup);
  const { token } = await service.issue({ client, scopes, now: start });
  return { clients, store, setup, kind, service, token };
}

it('stores the digest, and nothing that leads back to the token', async () => {
  const { store, token } = await arrange();
  const stored = store.insert.mock.calls[0]?.[0];
  expect(stored).toMatchObject({ digest: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), audience: 'test', epoch: 3 });
  expect(JSON.stringify(stored)).not.toContain(token.slice(4, 20));
});

it('gives the scopes that the client still holds, or all of them', async () => {
  const { service, token } = await arrange();
  expect([...(await service.verify(token, start)).scopes]).toEqual(['partner:read']);
  const wide = await arrange({ scopesFrom: 'client' });
  expect([...(await wide.service.verify(wide.token, start)).scopes]).toEqual(client.scopes);
});

it('ends at its time, from the cache too', async () => {
  const { service, token } = await arrange({ lifetimeSeconds: 3 });
  await service.verify(token, later(2));
  const expired = { kind: 'token_expired' };
  await expect((async () => service.verify(token, later(3)))()).rejects.toMatchObject(expired);
  const uncached = await arrange({ lifetimeSeconds: 3, cacheSeconds: 0 });
  await expect(uncached.service.verify(uncached.token, later(3))).rejects.toMatchObject(expired);
});

describe('the cache', () => {
  it('spares the look-up for its seconds, not the client', async () => {
    const { service, token, store, clients } = await arrange({ cacheSeconds: 5 });
    for (const seconds of [0, 1, 4.9]) await service.verify(token, later(seconds));
    expect(store.find).toHaveBeenCalledTimes(1);
    await service.verify(token, later(5));
    expect(store.find).toHaveBeenCalledTimes(2);
    clients.set({ ...client, active: false });
    await expect(service.verify(token, later(5))).rejects.toMatchObject({ kind: 'client_unknown' });
  });

  it('answers at once when the client is remembered too, until either changes', async () => {
    const { service, token, clients } = await arrange({ cacheSeconds: 5, clientCacheSeconds: 5 });
    const first = await service.verify(token, start);
    expect(service.verify(token, later(1))).toBe(first);
    clients.set({ ...client, scopes: [] });
    expect([...(await service.verify(token, later(1))).scopes]).toEqual([]);
    clients.set({ ...client, epoch: client.epoch + 1 });
    await expect(service.verify(token, later(1))).rejects.toMatchObject({ kind: 'token_invalid' });
  });

  it('forgets a revoked token at once, also one that was being read', async () => {
    const { service, token } = await arrange({ clientCacheSeconds: 5 });
    await service.verify(token, start);
    await service.revoke(token, start);
    await expect(service.verify(token, start)).rejects.toMatchObject({ kind: 'token_invalid' });
    const slow = await arrange();
    const row = await slow.store.find.getMockImplementation()?.('x');
    expect(row).toBeUndefined();
    const reading = slow.service.verify(slow.token, start);
    await slow.service.revoke(slow.token, start);
    await reading;
    await expect(slow.service.verify(slow.token, start)).rejects.toMatchObject({ kind: 'token_invalid' });
  });

  it('can be off', async () => {
    const { service, token, store } = await arrange({ cacheSeconds: 0 });
    for (let turn = 0; turn < 3; turn += 1) await service.verify(token, start);
    expect(store.find).toHaveBeenCalledTimes(3);
  });
});

it('refuses tokens of another API, and unknown ones', async () => {
  const { service, token, kind, store } = await arrange();
  const other = { ...testSetup('other') };
  const elsewhere = kind.connect(other);
  expect(elsewhere).not.toBe(service);
  await expect(elsewhere.verify(token, start)).rejects.toMatchObject({ kind: 'token_invalid' });
  await expect(service.verify(unknownToken, start)).rejects.toMatchObject({ kind: 'token_invalid' });
  expect(store.find).toHaveBeenCalledTimes(2);
});

it('is recognised by its prefix, or by its length and checksum where it has none', async () => {
  for (const prefix of ['spt_', 'acme-test_', '']) {
    const { service, token } = await arrange({ prefix });
    expect(token).toMatch(new RegExp(`^${prefix}[A-Za-z0-9_-]{49}$`));
    expect(service.recognises(token)).toBe(true);
    for (const text of ['', token.slice(1), ` ${token}`, 'a.b.c']) expect(service.recognises(text), text).toBe(false);
    for (const text of [token.slice(0, -1), `${token}A`, `${token}\n`]) {
      // What is nearly one of ours is judged here, and sent to nobody else.
      expect(service.recognises(text), text).toBe(prefix !== '');
      expect(() => service.verify(text, start)).toThrow(expect.objectContaining({ kind: 'token_invalid' }));
    }
  }
});

it('tells a mistyped token by its checksum, before any query', async () => {
  const { service, token, store } = await arrange();
  for (let index = 0; index < token.length; index += 1) {
    const wrong = token[index] === 'x' ? 'y' : 'x';
    const mistyped = token.slice(0, index) + wrong + token.slice(index + 1);
    expect(() => service.verify(mistyped, start)).toThrow(expect.objectContaining({ kind: 'token_invalid' }));
    await service.revoke(mistyped, start);
    expect(await service.describe?.(mistyped, start)).toBeUndefined();
  }
  // As tokens were before they had one.
  expect(() => service.verify(token.slice(0, -6), start)).toThrow(expect.objectContaining({ kind: 'token_invalid' }));
  expect(store.find).not.toHaveBeenCalled();
  expect((await service.verify(token, start)).client).toEqual(client);
});

it('is one service for one API', async () => {
  const { kind, setup, service } = await arrange();
  expect(kind.connect(setup)).toBe(service);
});

it('asks the client of the same query only when clients are not remembered', async () => {
  const { clients, store, token } = await arrange();
  const joined: TokenStore = {
    ...store,
    find: async (digest) => {
      const found = await store.find(digest);
      return found === undefined ? undefined : { ...found, client };
    },
  };
  const find = vi.spyOn(clients, 'find');
  const service = opaqueTokens({ store: joined, clients, cacheSeconds: 0 }).connect(testSetup());
  await service.verify(token, start);
  expect(find).not.toHaveBeenCalled();
});

it('answers 503 when a store does not answer', async () => {
  const broken = { ...createMemoryTokenStore(), find: () => Promise.reject(new Error('down')) };
  const { service, token } = await arrange({ store: broken });
  await expect(service.verify(token, start)).rejects.toMatchObject({ code: 'unavailable' });
  const { service: second, token: held, clients } = await arrange();
  await second.verify(held, start);
  vi.spyOn(clients, 'find').mockRejectedValue(new Error('down'));
  await expect(second.verify(held, start)).rejects.toMatchObject({ code: 'unavailable' });
});

it.each([
  { cacheSeconds: 6 },
  { lifetimeSeconds: 7200 },
  { lifetimeSeconds: 0 },
  { prefix: 'a.b' },
  { clientCacheSeconds: 6 },
])('refuses %o at the start', async (options) => {
  await expect(arrange(options)).rejects.toThrow(ConfigurationError);
});
