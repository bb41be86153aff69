import { expect, it } from 'vitest';
import { caller, form, later, testSetup } from '../../test-support/calls.ts';
import { signingSecret, testClient, testHasher } from '../../test-support/clients.ts';
import { claims, now, sign } from '../../test-support/jwt.ts';
import { createMemoryClientStore } from '../clients/memory-store.ts';
import { jwtTokens } from '../tokens/jwt.ts';
import { revocationEndpoint } from './revocation-endpoint.ts';

const hasher = testHasher();
const one = testClient(hasher);
const two = testClient(hasher, { clientId: 'client-two' });

it('R26: a token whose time has not come is revoked by its client, and by no other', async () => {
  const clients = createMemoryClientStore([one.client, two.client]);
  const kind = jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer: 'tests', audience: 'api', clients });
  const setup = testSetup();
  const revoke = caller(revocationEndpoint({ tokens: [kind], clients, hasher, limits: false }), setup);
  const service = kind.connect(setup);
  const token = await sign({ ...claims, nbf: now + 60 });
  const by = async ({ clientId, secret }: typeof one) =>
    (await revoke(form({ token, client_id: clientId, client_secret: secret, token_type_hint: 'refresh_token' })))
      .status;
  expect(await by(two)).toBe(200);
  expect((await service.verify(token, later(61))).client.clientId).toBe(one.clientId);
  expect(await by(one)).toBe(200);
  const judged = (async () => service.verify(token, later(61)))();
  await expect(judged).rejects.toMatchObject({ kind: 'token_invalid' });
});

it('a token that has no id, and so cannot be revoked, is never answered as if it were', async () => {
  const clients = createMemoryClientStore([one.client]);
  const kind = jwtTokens({
    algorithm: 'HS256',
    key: signingSecret,
    issuer: 'tests',
    audience: 'api',
    clients,
    requireClaims: ['iss', 'aud', 'exp'],
  });
  const revoke = caller(revocationEndpoint({ tokens: [kind], clients, hasher, limits: false }), testSetup());
  for (const nbf of [undefined, now + 60]) {
    const token = await sign({ ...claims, jti: undefined, nbf });
    const answer = await revoke(form({ token, client_id: one.clientId, client_secret: one.secret }));
    expect(answer).toMatchObject({ status: 400, json: { error: 'unsupported_token_type' } });
  }
});
