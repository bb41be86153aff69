import { ClockService, ConfigurationError } from '@sallyport/core';
import { expect, it } from 'vitest';
import { start, testSetup } from '../../test-support/calls.ts';
import { testHasher } from '../../test-support/clients.ts';
import { ClientAdministrationService } from '../administration/client-administration.ts';
import type { ClientDirectory, DirectoryClient } from '../administration/client-directory.ts';
import { AuthAuditService, memoryAuditTrail } from '../audit/audit-trail.ts';
import { createMemoryClientStore } from './memory-store.ts';
import { clients } from './plugin.ts';

const store = createMemoryClientStore();
const hasher = testHasher();

/** A directory that only takes in. */
function inbox(): ClientDirectory & { readonly taken: DirectoryClient[] } {
  const taken: DirectoryClient[] = [];
  return {
    taken,
    find: async () => undefined,
    list: async () => taken,
    insert: async (client) => void taken.push(client),
    change: () => Promise.reject(new Error('unused')),
    remove: () => Promise.reject(new Error('unused')),
  };
}

it.each([false, true])('brings the administration of its directory (made by a function: %s)', async (byFunction) => {
  const setup = testSetup();
  const audit = memoryAuditTrail();
  setup.services.register(AuthAuditService, () => audit);
  setup.services.register(ClockService, () => ({ now: () => start }));
  const directory = inbox();
  clients({ store, hasher, directory: byFunction ? () => directory : directory }).services?.(setup);
  const administration = setup.services.resolve(ClientAdministrationService);
  expect(setup.services.resolve(ClientAdministrationService)).toBe(administration);
  const { clientId } = await administration.as('ada').create({ name: 'A', scopes: [] });
  expect(directory.taken).toMatchObject([{ clientId, createdAt: start }]);
  expect(audit.events).toMatchObject([{ type: 'client.created', actor: 'ada', at: start }]);
});

it('works without a clock and a trail, too', async () => {
  const setup = testSetup();
  const directory = inbox();
  clients({ store, hasher, directory }).services?.(setup);
  await setup.services.resolve(ClientAdministrationService).create({ name: 'A', scopes: [] });
  expect(directory.taken).toHaveLength(1);
});

it('tells the administration which scopes there are', async () => {
  const setup = testSetup();
  const directory = inbox();
  clients({ store, hasher, directory, scopes: ['tag:read'] }).services?.(setup);
  const administration = setup.services.resolve(ClientAdministrationService);
  await administration.create({ name: 'A', scopes: ['tag:read'] });
  const mistyped = administration.create({ name: 'A', scopes: ['tag:raed'] });
  await expect(mistyped).rejects.toMatchObject({ code: 'rule_broken' });
  expect(directory.taken).toHaveLength(1);
});

it('brings none without a directory, and refuses one that has no hasher', () => {
  const setup = testSetup();
  clients({ store, hasher }).services?.(setup);
  expect(setup.services.has(ClientAdministrationService)).toBe(false);
  expect(() => clients({ store, directory: inbox() })).toThrow(ConfigurationError);
});
