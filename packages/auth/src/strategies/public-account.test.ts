import { expect, it } from 'vitest';
import { head, later, start, testSetup } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { clients, createMemoryClientStore, publicAccount } from '../index.ts';

const { client } = testClient(testHasher());

function arrange() {
  const store = createMemoryClientStore([client]);
  const setup = testSetup();
  clients({ store }).services?.(setup);
  const { strategies } = publicAccount({ clientId: client.clientId, resources: ['country'] });
  const [strategy] = typeof strategies === 'function' ? strategies(setup) : [];
  const ask = (resource?: string, headers: Record<string, string> = {}, now = start) =>
    strategy?.authenticate({ head: head(headers), resource, now, services: setup.services });
  return { ask, store };
}

it('answers the account for its resources, and nobody for others or for nowhere', async () => {
  const { ask } = arrange();
  const principal = await ask('country');
  expect(principal).toMatchObject({ kind: 'client', id: client.clientId, strategy: 'auth.public', shared: true });
  expect(principal).toMatchObject({ scopes: new Set(client.scopes), attributes: client.attributes });
  expect(await ask('country')).toBe(principal);
  expect(await ask('partner')).toBeUndefined();
  expect(await ask(undefined)).toBeUndefined();
});

it('leaves credentials to those who understand them', async () => {
  expect(await arrange().ask('country', { authorization: 'Bearer bad' })).toBeUndefined();
});

it('closes with its client', async () => {
  const { ask, store } = arrange();
  expect(await ask('country')).toBeDefined();
  store.set({ ...client, active: false });
  expect(await ask('country')).toBeUndefined();
  store.set({ ...client, expiresAt: later(60) });
  expect(await ask('country')).toBeDefined();
  expect(await ask('country', {}, later(61))).toBeUndefined();
  store.delete(client.clientId);
  expect(await ask('country')).toBeUndefined();
});

it('has the rights of the account at this API, and none where it has nothing to do', async () => {
  const { ask, store } = arrange();
  store.set({ ...client, apis: { test: { scopes: ['country:read'] } } });
  expect(await ask('country')).toMatchObject({ scopes: new Set(['country:read']) });
  store.set({ ...client, apis: { other: {} } });
  expect(await ask('country', {}, later(10))).toBeUndefined();
});
