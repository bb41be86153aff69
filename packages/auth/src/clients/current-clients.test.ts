import { ConfigurationError } from '@sallyport/core';
import { expect, it, vi } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { createMemoryChangeFeed } from '../changes/memory-feed.ts';
import { currentClients } from './current-clients.ts';
import { createMemoryClientStore } from './memory-store.ts';

const { client } = testClient(testHasher());

function arrange() {
  const store = createMemoryClientStore([client]);
  return { store, find: vi.spyOn(store, 'find') };
}

it('asks at each use when told so, and by default', async () => {
  for (const seconds of [0, undefined]) {
    const { store, find } = arrange();
    const current = currentClients(store, seconds, 'test');
    for (let turn = 0; turn < 3; turn += 1) expect(await current.find('client-one', start)).toEqual(client);
    expect(find).toHaveBeenCalledTimes(3);
  }
});

it('remembers for its seconds, and forgets what changes here', async () => {
  const { store, find } = arrange();
  const current = currentClients(store, 5, 'test');
  await current.find('client-one', start);
  expect(current.find('client-one', later(4.9))).toEqual(client);
  expect(find).toHaveBeenCalledTimes(1);
  await current.find('client-one', later(5));
  expect(find).toHaveBeenCalledTimes(2);
  store.set({ ...client, active: false });
  expect(await current.find('client-one', later(5))).toMatchObject({ active: false });
  store.delete('client-one');
  expect(await current.find('client-one', later(5))).toBeUndefined();
});

it('does not remember an answer that a change has overtaken', async () => {
  const { store } = arrange();
  const current = currentClients(store, 5, 'test');
  const overtaken = current.find('client-one', start);
  store.set({ ...client, active: false });
  await overtaken;
  expect(await current.find('client-one', start)).toMatchObject({ active: false });
});

it('R28: by default remembers while a feed is live, and forgets what others change', async () => {
  const { store, find } = arrange();
  const feed = createMemoryChangeFeed();
  const current = currentClients(store, undefined, 'test', feed);
  await current.find('client-one', start);
  await current.find('client-one', start);
  expect(find).toHaveBeenCalledTimes(2);
  await feed.start();
  await current.find('client-one', start);
  expect(current.find('client-one', later(4.9))).toEqual(client);
  expect(find).toHaveBeenCalledTimes(3);
  await feed.publish({ kind: 'client', clientId: 'client-two' });
  expect(current.find('client-one', later(1))).toEqual(client);
  await feed.publish({ kind: 'client', clientId: 'client-one' });
  await current.find('client-one', later(1));
  expect(find).toHaveBeenCalledTimes(4);
});

it('takes what another query has told, and keeps the object that it has', async () => {
  const { store } = arrange();
  const current = currentClients(store, 5, 'test');
  expect(current.found(client, start, current.mark())).toBe(client);
  expect(current.found({ ...client }, later(1), current.mark())).toBe(client);
  const mark = current.mark();
  store.set({ ...client, active: false });
  const stale = { ...client };
  expect(current.found(stale, start, mark)).toBe(stale);
  expect(await current.find('client-one', start)).toMatchObject({ active: false });
});

it('R27: is 503 when the store does not answer, and nothing fresh is known', async () => {
  const { store, find } = arrange();
  const current = currentClients(store, 5, 'test');
  await current.find('client-one', start);
  find.mockRejectedValue(new Error('down'));
  expect(current.find('client-one', later(4))).toEqual(client);
  const unavailable = { code: 'unavailable', status: 503, headers: { 'Retry-After': '5' } };
  await expect(current.find('client-one', later(5))).rejects.toMatchObject(unavailable);
  find.mockRestore();
  expect(await current.find('client-one', later(5))).toEqual(client);
});

it('refuses to remember for longer than five seconds', () => {
  expect(() => currentClients(createMemoryClientStore(), 6, 'test')).toThrow(ConfigurationError);
});
