import { CompactSign } from 'jose';
import { expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import {
  type AssertionAuthentication,
  authenticateAssertion,
  type ClientKeySet,
  type ClientRecord,
  createMemoryClientStore,
  createMemoryUsedAssertions,
} from '../index.ts';

const { privateKey, publicJwk } = keyPair('EdDSA');
const audience = 'https://auth.test';
const jwks = { keys: [{ ...publicJwk, kid: 'one' }] };
const { client, clientId } = testClient(testHasher(), { keys: jwks });

function arrange(change: Partial<ClientRecord> = {}, parts: Partial<AssertionAuthentication> = {}) {
  const all = {
    store: createMemoryClientStore([{ ...client, ...change }]),
    used: createMemoryUsedAssertions(),
    audience,
  };
  let jti = 0;
  return async (sub = clientId, at = start, given?: string) => {
    const exp = Math.floor(at.getTime() / 1000) + 60;
    const claims = { iss: sub, sub, aud: audience, exp, jti: `j${jti++}` };
    const assertion = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .sign(privateKey);
    return (await authenticateAssertion({ ...all, ...parts }, { assertion, clientId: given }, at))?.client.clientId;
  };
}

it('R49: answers the client whose key has signed', async () => {
  expect(await arrange()()).toBe(clientId);
  expect(await arrange({ keys: { keys: [] } }, { keysOf: async () => jwks.keys })()).toBe(clientId);
  expect(await arrange()(clientId, start, clientId)).toBe(clientId);
  expect(await arrange()(clientId, start, 'other')).toBeUndefined();
});

it('R15: clients that are unknown, disabled, expired or without keys end the same way', async () => {
  expect(await arrange()('nobody')).toBeUndefined();
  expect(await arrange({ active: false })()).toBeUndefined();
  const expiring = arrange({ expiresAt: later(10) });
  expect([await expiring(clientId, later(9)), await expiring(clientId, later(10))]).toEqual([clientId, undefined]);
  for (const none of [undefined, null, 1, 'x', {}, { keys: null }, [], { keys: [null, 1, {}] }]) {
    // What a store of an application might answer.
    expect(await arrange({ keys: none as unknown as ClientKeySet })()).toBeUndefined();
  }
  // Attributes are the principal's, and no place for keys.
  expect(await arrange({ keys: { keys: [] }, attributes: { jwks, keys: jwks } })()).toBeUndefined();
  const store = { find: async () => ({ ...client, clientId: clientId.toUpperCase() }) };
  expect(await arrange({}, { store })()).toBeUndefined();
});

it('R27: is unavailable while the clients are', async () => {
  const store = { find: () => Promise.reject(new Error('down')) };
  await expect(arrange({}, { store })()).rejects.toMatchObject({ code: 'unavailable' });
});
