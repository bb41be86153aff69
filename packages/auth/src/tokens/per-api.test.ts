import { expect, it } from 'vitest';
import { form, later, caller as routeCaller, start, testSetup } from '../../test-support/calls.ts';
import { signingSecret, testClient, testHasher } from '../../test-support/clients.ts';
import { ClientStoreService } from '../clients/client.ts';
import { createMemoryClientStore } from '../clients/memory-store.ts';
import { tokenEndpoint } from '../oauth/token-endpoint.ts';
import { jwtTokens } from './jwt.ts';
import { opaqueTokens } from './opaque.ts';
import type { TokenKind } from './token.ts';
import { createMemoryTokenStore } from './token-store.ts';

const hasher = testHasher();
const kinds = [
  ['opaque', (audience: string) => opaqueTokens({ store: createMemoryTokenStore(), audience })],
  ['JWT', (audience: string) => jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer: 'tests', audience })],
] as const;

it.each(kinds)(
  'R47: an %s token is issued for the APIs that a client may use, with its rights there',
  async (_, kind) => {
    const one = testClient(hasher, {
      tokenLifetimeSeconds: 300,
      apis: { here: { scopes: ['partner:read', 'book:read'], tokenLifetimeSeconds: 60 }, there: {} },
    });
    const store = createMemoryClientStore([one.client]);
    const ask = (audience: string, scope?: string) => {
      const tokens: TokenKind = kind(audience);
      const call = routeCaller(
        tokenEndpoint({ tokens: withClients(tokens, store), clients: store, hasher, limits: false }),
        testSetup(),
      );
      const fields = { grant_type: 'client_credentials', client_id: one.clientId, client_secret: one.secret };
      return call(form(scope === undefined ? fields : { ...fields, scope }));
    };
    expect((await ask('here')).json).toMatchObject({ scope: 'partner:read book:read', expires_in: 60 });
    expect((await ask('there')).json).toMatchObject({ scope: 'partner:read partner:create', expires_in: 300 });
    // What it holds elsewhere it does not hold here.
    expect((await ask('here', 'partner:create')).json).toMatchObject({ error: 'invalid_scope' });
    expect((await ask('here', 'book:read')).json).toMatchObject({ scope: 'book:read' });
    for (const audience of ['nowhere', 'constructor']) {
      const refused = await ask(audience);
      expect(refused).toMatchObject({ status: 400, json: { error: 'unauthorized_client' } });
      expect(refused.headers).toMatchObject({ 'Cache-Control': 'no-store' });
    }
  },
);

it.each(kinds)('R47: an %s token goes by what the client may do at its API now', async (_, kind) => {
  const { client } = testClient(hasher, { apis: { here: { scopes: ['partner:read', 'book:read'] } } });
  const store = createMemoryClientStore([client]);
  const service = withClients(kind('here'), store).connect(testSetup());
  const { token } = await service.issue({
    client,
    scopes: ['partner:read', 'book:read', 'partner:create'],
    now: start,
  });
  const scopes = async () => [...(await service.verify(token, later(1))).scopes];
  expect(await scopes()).toEqual(['partner:read', 'book:read']);
  // The same object as long as the client is the same.
  expect(await service.verify(token, start)).toBe(await service.verify(token, start));

  store.set({ ...client, apis: { here: { scopes: ['book:read'] } } });
  expect(await scopes()).toEqual(['book:read']);
  store.set({ ...client, apis: { elsewhere: {} } });
  const judged = (async () => service.verify(token, later(1)))();
  await expect(judged).rejects.toMatchObject({ kind: 'client_unknown' });
  const barred = { ...client, apis: { elsewhere: {} } };
  await expect(service.issue({ client: barred, scopes: [], now: start })).rejects.toThrow('no tokens for this API');
});

/** The kind, over these clients. */
function withClients(kind: TokenKind, store: ReturnType<typeof createMemoryClientStore>): TokenKind {
  return {
    name: kind.name,
    connect(setup) {
      setup.services.register(ClientStoreService, () => store);
      return kind.connect(setup);
    },
  };
}
