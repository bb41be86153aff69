import { LoggerService, type Plugin } from '@sallyport/core';
import { memoryLogger } from '@sallyport/core/testing';
import { expect, it } from 'vitest';
import { testSetup } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { until } from '../../test-support/until.ts';
import { ClientStoreService } from '../clients/client.ts';
import { createMemoryClientStore, type MemoryClientStore } from '../clients/memory-store.ts';
import type { Change } from './change.ts';
import { type ChangeFeed, ChangeFeedService } from './change-feed.ts';
import { createMemoryChangeFeed } from './memory-feed.ts';
import { changeFeed } from './plugin.ts';

const { client } = testClient(testHasher());

type Plan = Parameters<NonNullable<Plugin['start']>>[0];

/** The plugin in an API of its own, as that would start and close it. */
async function arrange(feed: ChangeFeed, store?: MemoryClientStore) {
  const plugin = changeFeed(feed);
  const log = memoryLogger();
  const setup = testSetup();
  setup.services.register(LoggerService, () => log);
  if (store !== undefined) setup.services.register(ClientStoreService, () => store);
  plugin.services?.(setup);
  // It does not look at the plan.
  await plugin.start?.({} as Plan, setup);
  return { api: { services: setup.services, close: async () => plugin.stop?.() }, log };
}

it('starts the feed with the API, and closes it with the last one that has it', async () => {
  const feed = createMemoryChangeFeed();
  const { api } = await arrange(feed);
  expect([feed.live, api.services.resolve(ChangeFeedService) === feed]).toEqual([true, true]);
  const { api: second } = await arrange(feed);
  await api.close();
  expect(feed.live).toBe(true);
  await second.close();
  expect(feed.live).toBe(false);
});

it('tells others what the client store of the API changes, for as long as the API runs', async () => {
  const feed = createMemoryChangeFeed();
  const heard: Change[] = [];
  const store = createMemoryClientStore([client]);
  const { api } = await arrange(feed, store);
  feed.subscribe((change) => heard.push(change));
  store.set({ ...client, active: false });
  expect(heard).toEqual([{ kind: 'client', clientId: client.clientId }]);
  await api.close();
  heard.length = 0;
  store.delete(client.clientId);
  expect(heard).toEqual([]);
});

it('logs that others could not be told, and goes on', async () => {
  const feed = { ...createMemoryChangeFeed(), publish: () => Promise.reject(new Error('down')) };
  const store = createMemoryClientStore([client]);
  const { api, log } = await arrange(feed, store);
  store.set({ ...client, active: false });
  await until(() => log.lines.length > 0, 'it is logged');
  expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { clientId: client.clientId } });
  await api.close();
});
