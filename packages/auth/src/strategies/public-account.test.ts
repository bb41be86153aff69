import { type Api, ClockService, ConfigurationError, createApi, openDatabase, silentLogger } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { head, later, start, testSetup } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { strategyOf } from '../../test-support/strategies.ts';
import { until } from '../../test-support/until.ts';
import {
  AuthClient,
  type ClientStore,
  changeFeed,
  clients,
  createMemoryChangeFeed,
  createMemoryClientStore,
  type PublicAccountOptions,
  publicAccount,
} from '../index.ts';

const { client } = testClient(testHasher());

function arrange() {
  const store = createMemoryClientStore([client]);
  const setup = testSetup();
  clients({ store }).services?.(setup);
  const strategy = strategyOf(publicAccount({ clientId: client.clientId, resources: ['country'] }), setup);
  const ask = (resource?: string, headers: Record<string, string> = {}, now = start) =>
    strategy.authenticate({ head: head(headers), resource, now, services: setup.services });
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

describe('what documents are told', () => {
  let orm: Awaited<ReturnType<typeof openDatabase>>;
  beforeAll(async () => {
    orm = await openDatabase({ entities: [AuthClient] });
  });
  afterAll(() => orm?.close());

  const apiOver = (
    store: ClientStore,
    now: () => Date = () => start,
    feed?: ReturnType<typeof createMemoryChangeFeed>,
  ) =>
    createApi({
      name: 'test',
      orm,
      resources: [],
      plugins: [
        ...(feed === undefined ? [] : [changeFeed(feed)]),
        clients({ store }),
        publicAccount({ clientId: client.clientId }),
      ],
      services: (services) => services.register(ClockService, () => ({ now })),
      logger: silentLogger,
    });
  const scopesAt = ({ plan }: Api) => [...(plan.strategies[0]?.openScopes?.() ?? ['all'])];

  it('are the scopes of the account from the start, and with each change of it', async () => {
    const store = createMemoryClientStore([client]);
    let now = start;
    const api = await apiOver(store, () => now);
    expect(scopesAt(api)).toEqual(client.scopes);
    const turnsTo = (scopes: readonly string[]) =>
      until(() => scopesAt(api).join() === scopes.join(), `the scopes are ${scopes}`);
    store.set({ ...client, scopes: ['country:read'] });
    await turnsTo(['country:read']);
    store.set({ ...client, apis: { test: { scopes: ['country:search'] }, other: {} } });
    await turnsTo(['country:search']);
    store.set({ ...client, active: false });
    await turnsTo([]);
    store.set({ ...client, expiresAt: later(10) });
    await turnsTo(client.scopes);
    now = later(10);
    expect(scopesAt(api)).toEqual([]);
    store.set(client);
    await turnsTo(client.scopes);
    store.delete(client.clientId);
    await turnsTo([]);
  });

  it('are none while its store is away, and what a call or a feed has found since', async () => {
    let asked = 0;
    let found: () => Promise<typeof client> = () => Promise.reject(new Error('down'));
    const store: ClientStore = {
      find() {
        asked += 1;
        return found();
      },
    };
    const feed = createMemoryChangeFeed();
    const api = await apiOver(store, () => start, feed);
    expect(scopesAt(api)).toEqual([]);
    asked = 0;
    found = async () => client;
    await feed.publish({ kind: 'client', clientId: 'another' });
    await feed.publish({ kind: 'jti', jti: client.clientId });
    expect(asked).toBe(0);
    const call = { head: head({}), resource: 'country', now: start, services: api.services };
    expect(await api.plan.strategies[0]?.authenticate(call)).toMatchObject({ id: client.clientId });
    expect(scopesAt(api)).toEqual(client.scopes);
    found = async () => ({ ...client, scopes: ['country:read'] });
    await feed.publish({ kind: 'client', clientId: client.clientId });
    await until(() => scopesAt(api).join() === 'country:read', 'the feed is heard');
  });

  it('stops the start for a resource that the API does not have', async () => {
    const plugins = [
      clients({ store: createMemoryClientStore([client]) }),
      publicAccount({ clientId: client.clientId, resources: ['country'] }),
    ];
    const starting = createApi({ orm, resources: [], plugins, logger: silentLogger });
    await expect(starting).rejects.toThrow('publicAccount.resources: the API has no resource "country"');
  });
});

it.each([undefined, '', 7, 'x'.repeat(129)])('needs the id of a client, which %o is not', (clientId) => {
  const options = { clientId } as unknown as PublicAccountOptions;
  expect(() => publicAccount(options)).toThrow(ConfigurationError);
  expect(() => publicAccount(options)).toThrow('publicAccount.clientId: ');
});
