import { expect, it } from 'vitest';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { clientAt } from './client-at.ts';

const { client } = testClient(testHasher());

it('R47: is the client itself where nothing is said of APIs', () => {
  expect(clientAt(client, 'any')).toBe(client);
});

it('R47: is nobody at an API that is not named, whatever its name', () => {
  for (const apis of [{}, { other: {} }, { 'here ': {} }]) {
    for (const audience of ['here', '', 'constructor', '__proto__', 'toString']) {
      expect(clientAt({ ...client, apis }, audience)).toBeUndefined();
    }
  }
});

it('R47: has its own scopes and lifetime there, or those of the client', () => {
  const apis = { both: { scopes: ['a:read'], tokenLifetimeSeconds: 60 }, none: {}, empty: { scopes: [] } };
  const record = { ...client, tokenLifetimeSeconds: 300, apis };
  expect(clientAt(record, 'both')).toMatchObject({ ...record, scopes: ['a:read'], tokenLifetimeSeconds: 60 });
  expect(clientAt(record, 'none')).toMatchObject({ scopes: client.scopes, tokenLifetimeSeconds: 300 });
  expect(clientAt(record, 'empty')).toMatchObject({ scopes: [] });
});

it('is the same object for the same record, and another for another', () => {
  const record = { ...client, apis: { here: {} } };
  expect(clientAt(record, 'here')).toBe(clientAt(record, 'here'));
  expect(clientAt({ ...record }, 'here')).not.toBe(clientAt(record, 'here'));
});
