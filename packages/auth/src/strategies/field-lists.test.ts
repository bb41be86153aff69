import { expect, it } from 'vitest';
import { head, start, testSetup } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { strategyOf } from '../../test-support/strategies.ts';
import { clients, createMemoryClientStore, publicAccount } from '../index.ts';
import { clientCaller } from './client-caller.ts';

const { client } = testClient(testHasher());
const fieldLists = { 'country:read': ['name'] };

it('takes the field lists of a client along, and none where there are none', () => {
  const scopes = new Set(client.scopes);
  expect(clientCaller({ ...client, fieldLists }, scopes)).toMatchObject({ scopes, fieldLists });
  expect(clientCaller(client, scopes)).not.toHaveProperty('fieldLists');
});

it('limits callers without credentials to the lists of their account', async () => {
  const setup = testSetup();
  clients({ store: createMemoryClientStore([{ ...client, fieldLists }]) }).services?.(setup);
  const strategy = strategyOf(publicAccount({ clientId: client.clientId }), setup);
  const asked = { head: head({}), resource: 'country', now: start, services: setup.services };
  expect(await strategy.authenticate(asked)).toMatchObject({ id: client.clientId, fieldLists });
});
