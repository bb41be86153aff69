import { expect, it } from 'vitest';
import { caller, form, testSetup } from '../../test-support/calls.ts';
import { configuredClients, createMemoryTokenStore, issueSecret, opaqueTokens, tokenEndpoint } from '../index.ts';

it('lets its clients in by their secrets', async () => {
  const secret = issueSecret();
  const setup = testSetup();
  configuredClients([{ clientId: 'shop', secret, scopes: ['book:write'], tokenLifetimeSeconds: 60 }]).services?.(setup);
  const tokens = opaqueTokens({ store: createMemoryTokenStore() });
  const ask = caller(tokenEndpoint({ tokens }), setup);
  const grant = { grant_type: 'client_credentials', client_id: 'shop' };
  expect(await ask(form({ ...grant, client_secret: secret }))).toMatchObject({
    status: 200,
    json: { scope: 'book:write', expires_in: 60 },
  });
  expect((await ask(form({ ...grant, client_secret: issueSecret() }))).status).toBe(401);
});

it('refuses secrets that a person has chosen, and an id twice', () => {
  const client = { clientId: 'shop', secret: issueSecret(), scopes: [] };
  expect(() => configuredClients([{ ...client, secret: 'hunter2' }])).toThrow('clients.shop.secret: is not one');
  expect(() => configuredClients([client, client])).toThrow('clients: two clients');
});
