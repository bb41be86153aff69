import { base64url } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { head, later, start, testSetup } from '../../test-support/calls.ts';
import { signingSecret } from '../../test-support/clients.ts';
import { arrange, claims, client, header, key, now, raw, second, sign } from '../../test-support/jwt.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import { createMemoryClientStore } from '../clients/memory-store.ts';
import { type BearerOptions, bearer } from '../strategies/bearer.ts';
import { jwtTokens } from './jwt.ts';
import type { TokenKind } from './token.ts';

const clients = createMemoryClientStore([client]);
const common = { audience: 'api', clients };
const third = `${signingSecret}-the-third`;

/** A bearer strategy over these kinds: whom it recognises, or the code of its refusal. */
function judgeOf(tokens: readonly TokenKind[]) {
  const setup = testSetup();
  const plugin = bearer({ tokens: tokens as BearerOptions['tokens'] });
  const strategies = plugin.strategies;
  const [strategy] = typeof strategies === 'function' ? strategies(setup) : [];
  const judge = async (token: string): Promise<string> => {
    try {
      const request = { head: head({ authorization: `Bearer ${token}` }), now: start, services: setup.services };
      const principal = await strategy?.authenticate(request);
      return principal !== undefined && 'id' in principal ? principal.id : 'nobody';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const issue = async (kind: TokenKind) =>
    (await kind.connect(setup).issue({ client, scopes: client.scopes, now: start })).token;
  return { judge, issue, setup };
}

describe('several kinds of JWT behind one bearer', () => {
  const issuers = [
    jwtTokens({ ...common, algorithm: 'HS256', key: signingSecret, issuer: 'one' }),
    jwtTokens({ ...common, algorithm: 'HS256', key: second, issuer: 'two' }),
  ];
  const algorithms = [
    jwtTokens({ ...common, algorithm: 'HS256', key: signingSecret, issuer: 'same' }),
    jwtTokens({ ...common, algorithm: 'ES256', key: keyPair('ES256').privatePem, issuer: 'same' }),
    jwtTokens({ ...common, algorithm: 'EdDSA', key: keyPair('EdDSA').privatePem, issuer: 'same' }),
  ];
  const keyIds = [
    jwtTokens({ ...common, algorithm: 'HS256', key: [{ kid: 'a', secret: signingSecret }], issuer: 'same' }),
    jwtTokens({ ...common, algorithm: 'HS256', key: [{ kid: 'b', secret: second }], issuer: 'same' }),
    jwtTokens({ ...common, algorithm: 'HS256', key: third, issuer: 'same' }),
  ];

  it.each([
    ['issuers', issuers],
    ['algorithms', algorithms],
    ['ids of keys', keyIds],
  ])('are told apart by their %s, in any order', async (_, kinds) => {
    for (const order of [kinds, kinds.toReversed()]) {
      const { judge, issue } = judgeOf(order);
      for (const kind of kinds) expect(await judge(await issue(kind))).toBe(client.clientId);
    }
  });

  it('R39: never ask another when the first has refused a signature', async () => {
    const { judge, setup } = judgeOf(issuers);
    const asked = issuers.slice(1).map((kind) => vi.spyOn(kind.connect(setup), 'verify'));
    // Signed with the key of two, and says that it is of one.
    const forged = await sign({ ...claims, iss: 'one' }, {}, Buffer.from(second));
    expect(await judge(forged)).toBe('invalid_token');
    expect(asked.map((spy) => spy.mock.calls.length)).toEqual([0]);
    expect(await judge(await sign({ ...claims, iss: 'two' }, {}, Buffer.from(second)))).toBe(client.clientId);
  });

  it("R39: an id of a key that nobody has is nobody's, and one that is no text too", async () => {
    const { judge } = judgeOf(keyIds);
    const same = { ...claims, iss: 'same' };
    expect(await judge(await sign(same, { kid: 'a' }))).toBe(client.clientId);
    for (const kid of ['c', '__proto__', '', 'A'])
      expect(await judge(await sign(same, { kid })), kid).toBe('invalid_token');
    for (const kid of [1, null, ['a'], {}]) {
      expect(await judge(await raw(JSON.stringify(same), { ...header, kid }))).toBe('invalid_token');
    }
    expect(await judge(await sign(same, { kid: undefined }, Buffer.from(third)))).toBe(client.clientId);
    expect(await judge(await sign(same, { kid: undefined }))).toBe('invalid_token');
  });

  it('refuse what cannot be read, and what was made to be read in two ways', async () => {
    const { judge } = judgeOf([...issuers, ...algorithms]);
    const good = await sign({ ...claims, iss: 'one' });
    expect(await judge(good)).toBe(client.clientId);
    const [, payload = '', signature = ''] = good.split('.');
    const headers = [
      '',
      'null',
      '[]',
      '"HS256"',
      '{',
      '{"alg":["HS256"]}',
      '{"alg":"none"}',
      '{"__proto__":{"alg":"HS256"}}',
    ];
    for (const text of headers) {
      expect(await judge(`${base64url.encode(text)}.${payload}.${signature}`), text).toBe('invalid_token');
    }
    for (const text of ['a.b.c', '..', 'a.b', 'a.b.c.d', `${good}.`, 'e30.e30.e30', `e30.${'A'.repeat(8000)}.e30`]) {
      expect(await judge(text), text).toBe('invalid_token');
    }
    // The last of two members counts, for whoever chooses and for whoever verifies.
    const double = `{"iss":"two",${JSON.stringify({ ...claims, iss: 'one' }).slice(1)}`;
    expect(await judge(await raw(double, header, key))).toBe(client.clientId);
  });

  it('follow keys that are told again and again', async () => {
    let secrets = [{ kid: 'a', secret: signingSecret }];
    const moving = jwtTokens({ ...common, algorithm: 'HS256', key: () => secrets, issuer: 'moving' });
    const setup = testSetup();
    const service = moving.connect(setup);
    await service.verify(await sign({ ...claims, iss: 'moving' }, { kid: 'a' }), start);
    secrets = [{ kid: 'b', secret: second }, ...secrets];
    const young = await sign({ ...claims, iss: 'moving' }, { kid: 'b' }, Buffer.from(second));
    expect(service.recognises(young)).toBe(true);
    expect((await service.verify(young, later(61))).client.clientId).toBe(client.clientId);
  });
});

it('RFC 9864: takes Ed25519 for another name of EdDSA, and keeps to one name when it signs', async () => {
  const { privateKey } = keyPair('EdDSA');
  const { judge, issue } = judgeOf([
    jwtTokens({ ...common, algorithm: 'EdDSA', key: keyPair('EdDSA').privateJwk, issuer: 'ed' }),
  ]);
  const { SignJWT } = await import('jose');
  const kid = keyId(
    await issue(jwtTokens({ ...common, algorithm: 'EdDSA', key: keyPair('EdDSA').privateJwk, issuer: 'ed' })),
  );
  for (const alg of ['EdDSA', 'Ed25519']) {
    const signer = new SignJWT({ ...claims, iss: 'ed' }).setProtectedHeader({ alg, typ: 'at+jwt', kid: kid.kid });
    expect(await judge(await signer.sign(privateKey)), alg).toBe(client.clientId);
    const stranger = new SignJWT({ ...claims, iss: 'ed' }).setProtectedHeader({ alg, typ: 'at+jwt', kid: kid.kid });
    expect(await judge(await stranger.sign(keyPair('EdDSA', 'two').privateKey)), alg).toBe('invalid_token');
  }
  expect(kid.alg).toBe('EdDSA');
});

function keyId(token: string): { readonly alg: string; readonly kid: string } {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}

describe('a token that is not valid yet', () => {
  const future = { ...claims, nbf: now + 60, jti: 'future' };

  it('can be revoked before its time comes', async () => {
    const { service, judge } = arrange();
    const token = await sign(future);
    expect(await judge(token)).toBe('token_invalid');
    expect(await service.ownerOf?.(token, start)).toBe(client.clientId);
    await service.revoke(token, start);
    expect(await service.ownerOf?.(token, start)).toBeUndefined();
    expect(await judge(token, later(61))).toBe('token_invalid');
    const other = await sign({ ...future, jti: 'other' });
    expect(await judge(other, later(61))).toBe(client.clientId);
  });

  it('proves nothing by its time: everything else must hold, then as now', async () => {
    const { service } = arrange();
    const bad = [
      await sign(future, {}, Buffer.from(second)),
      await sign({ ...future, aud: 'other' }),
      await sign({ ...future, iss: 'other' }),
      await sign({ ...future, nbf: claims.exp + 60 }),
      await sign({ ...future, exp: now + 100_000 }),
      await sign({ ...future, nbf: 8_000_000_000_001 }),
      await sign({ ...future, nbf: 1e300 }),
      await sign({ ...future, nbf: '9' }),
      `${await sign(future)}=`,
      'a.b.c',
      'x'.repeat(9000),
    ];
    for (const token of bad) expect(await service.ownerOf?.(token, start), token.slice(0, 60)).toBeUndefined();
    expect(await service.ownerOf?.(await sign({ ...claims, exp: now - 60, iat: now - 600 }), start)).toBeUndefined();
  });
});
