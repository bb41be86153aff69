import { ConfigurationError } from '@sallyport/core';
import { expect, it, vi } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { currentClients } from './current-clients.ts';
import { createMemoryClientStore } from './memory-store.ts';

const { client } = testClient(testHasher());

it('asks at each use when told so', async () => {
  const store = createMemoryClientStore([client]);
  const find = vi.spyOn(store, 'find');
  const current = currentClients(store, 0, 'test');
  for (let turn = 0; turn < 3; turn += 1) expect(await current.find('client-one', start)).toBe(client);
  expect(find).toHaveBeenCalledTimes(3);
});

it('remembers for its seconds, and forgets what changes here', async () => {
  const store = createMemoryClientStore([client]);
  const find = vi.spyOn(store, 'find');
  const current = currentClients(store, 5, 'test');
  await current.find('client-one', start);
  expect(current.find('client-one', later(4.9))).toBe(client);
  expect(find).toHaveBeenCalledTimes(1);
  await current.find('client-one', later(5));
  expect(find).toHaveBeenCalledTimes(2);
  store.set({ ...client, active: false });
  expect(await current.find('client-one', later(5))).toMatchObject({ active: false });
  store.delete('client-one');
  expect(await current.find('client-one', later(5))).toBeUndefined();
});

it('does not remember an answer that a change has overtaken', async () => {
  const store = createMemoryClientStore([client]);
  const current = currentClients(store, 5, 'test');
  const overtaken = current.find('client-one', start);
  store.set({ ...client, active: false });
  await overtaken;
  expect(await current.find('client-one', start)).toMatchObject({ active: false });
});

it('refuses to remember for longer than five seconds', () => {
  expect(() => currentClients(createMemoryClientStore(), 6, 'test')).toThrow(ConfigurationError);
});
