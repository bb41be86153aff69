import { expect, it } from 'vitest';
import { caller, form, testSetup } from '../../test-support/calls.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import {
  ClientStoreService,
  configuredClients,
  createMemoryTokenStore,
  issueSecret,
  opaqueTokens,
  tokenEndpoint,
} from '../index.ts';

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

it('takes clients with keys instead of a secret, and none with neither', async () => {
  const { publicJwk, privateJwk } = keyPair('ES256');
  const setup = testSetup();
  const bare = { clientId: 'signer', scopes: [] };
  configuredClients([{ ...bare, jwks: { keys: [publicJwk] } }]).services?.(setup);
  expect(await setup.services.resolve(ClientStoreService).find('signer')).toMatchObject({
    secrets: [],
    keys: { keys: [{ ...publicJwk, use: 'sig', alg: 'ES256' }] },
  });
  for (const secret of [{}, { secret: undefined }]) {
    expect(() => configuredClients([{ ...bare, ...secret }])).toThrow('clients.signer.secret: is not one');
  }
  const weak = { ...bare, secret: 'hunter2', jwks: { keys: [publicJwk] } };
  expect(() => configuredClients([weak])).toThrow('clients.signer.secret: is not one');
  expect(() => configuredClients([{ ...bare, jwks: { keys: [privateJwk] } }])).toThrow(
    'clients.signer.jwks.keys[0]: is a private',
  );
});
