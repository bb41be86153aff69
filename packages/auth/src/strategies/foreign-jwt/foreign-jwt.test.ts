import { generateKeyPairSync } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { later, start, testSetup } from '../../../test-support/calls.ts';
import { foreignServer, json } from '../../../test-support/foreign-server.ts';
import {
  at,
  audience,
  foreignKey,
  foreignKeys,
  otherKey,
  published,
  signJwt,
  told,
  userClaims,
} from '../../../test-support/foreign-tokens.ts';
import { type ForeignJwtOptions, type ForeignTokenKind, foreignJwt } from '../../index.ts';

/** A server with one key, and the verifier of its tokens. */
async function arrange(change: Partial<ForeignJwtOptions> = {}) {
  const server = await foreignServer();
  server.answer('/keys', foreignKeys);
  const issuer = `${server.origin}/realms/one`;
  const options = {
    issuer,
    audience,
    jwksUri: `${server.origin}/keys`,
    scopes: ['tag:search', 'tag:create'],
    allowHttp: true,
    ...change,
  } as ForeignJwtOptions;
  const verifier = foreignJwt(options).connect(testSetup());
  const claims = { iss: issuer, ...userClaims };
  const judge = (token: string, now = start) => told(verifier, token, now);
  return { server, issuer, claims, verifier, judge };
}

const ada = 'user f5f1-ada tag:search';
const refused = 'token_invalid';

it('takes a token of the server, and knows it again without another proof', async () => {
  const { judge, claims, server, verifier } = await arrange();
  const token = signJwt(claims);
  expect(await judge(token)).toBe(ada);
  const first = await verifier.verify(token, start);
  expect(verifier.verify(token, later(200))).toBe(first);
  expect(first.caller.attributes).toEqual({ issuer: claims.iss });
  expect(Object.isFrozen(first.caller)).toBe(true);
  expect(server.count('/keys')).toBe(1);
  expect(await judge(token, later(304))).toBe(ada);
  expect(await judge(token, later(305))).toBe('token_expired');
});

describe('algorithms and keys', () => {
  it.each(['none', 'None', 'HS256', 'RS384', 'PS256', 'ES256', 'EdDSA', '', undefined])('R36: alg %s', async (alg) => {
    const { judge, claims, server } = await arrange();
    expect(await judge(signJwt(claims, { alg }))).toBe(refused);
    expect(await judge(signJwt(claims, { alg }).replace(/[^.]+$/, ''))).toBe(refused);
    // Nothing was asked for such a token.
    expect(server.count('/keys')).toBe(0);
  });

  it('R36: takes one family of algorithms and no more', async () => {
    for (const algorithms of [['RS256', 'PS256'], ['RS256', 'ES256'], ['HS256'], ['none'], []]) {
      const kind = foreignJwt({ issuer: 'https://a.test', audience, scopes: [], algorithms: algorithms as ['RS256'] });
      expect(() => kind.connect(testSetup())).toThrow(ConfigurationError);
    }
  });

  it.each([
    ['RS512', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['PS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['PS384', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ] as const)('verifies %s', async (alg, { privateKey, publicKey }) => {
    const { judge, claims, server } = await arrange({ algorithms: [alg] });
    server.answer('/keys', json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }] }));
    expect(await judge(signJwt(claims, { alg }, privateKey))).toBe(ada);
    expect(await judge(signJwt({ ...claims, jti: '2' }, { alg }, privateKey).replace(/\.(.)/, '.A'))).toBe(refused);
  });

  it('R37: leaves keys alone that are for something else, private, weak or broken', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = { ...short.publicKey.export({ format: 'jwk' }), kid: 'k1' };
    const good = published(foreignKey.publicJwk, 'k1');
    const sets: readonly (readonly unknown[])[] = [
      [{ ...good, use: 'enc' }],
      [{ ...good, alg: 'RS512' }],
      [{ ...good, alg: 'RSA-OAEP' }],
      [{ ...good, key_ops: ['encrypt'] }],
      [{ ...good, kty: 'EC' }],
      [{ ...good, kty: 'oct', k: 'c2VjcmV0' }],
      [{ ...good, n: undefined }],
      [{ ...good, kid: 7 }],
      [{ ...good, kid: 'K1' }],
      [good, good],
      [null, 'k1', []],
      [],
    ];
    for (const keys of sets) {
      const { judge, claims, server } = await arrange();
      server.answer('/keys', json({ keys }));
      expect([keys, await judge(signJwt(claims))]).toEqual([keys, refused]);
    }
    const { judge, claims, server } = await arrange();
    server.answer('/keys', json({ keys: [weak] }));
    expect(await judge(signJwt(claims, {}, short.privateKey))).toBe(refused);
    // A server that publishes its private key is read as if it had not.
    const careless = await arrange();
    careless.server.answer('/keys', json({ keys: [published(foreignKey.privateJwk, 'k1')] }));
    expect(await careless.judge(signJwt(careless.claims))).toBe(ada);
  });

  it.each([{ crit: ['exp'] }, { crit: [] }, { b64: false }, { crit: ['b64'], b64: true }])(
    'R38: extensions %o',
    async (change) => {
      const { judge, claims } = await arrange();
      expect(await judge(signJwt(claims, change))).toBe(refused);
    },
  );

  it.each(['unknown', '', '__proto__', 'constructor', 1, null, ['k1'], 'K1', 'k1 ', 'x'.repeat(200), undefined])(
    'R39: key id %o',
    async (kid) => {
      const { judge, claims } = await arrange();
      expect(await judge(signJwt(claims, { kid }))).toBe(refused);
    },
  );

  it('R39: a token without a key id goes to the key without one', async () => {
    const { judge, claims, server } = await arrange();
    const { kid: _, ...nameless } = published(foreignKey.publicJwk, 'k1');
    server.answer('/keys', json({ keys: [nameless, published(otherKey.publicJwk, 'k2')] }));
    expect(await judge(signJwt(claims, { kid: undefined }))).toBe(ada);
    expect(await judge(signJwt({ ...claims, jti: '2' }, { kid: undefined }, otherKey.privateKey))).toBe(refused);
    expect(await judge(signJwt({ ...claims, jti: '3' }, { kid: 'k1' }))).toBe(refused);
  });

  it('R39: reads no key, and asks no address, that the token names', async () => {
    const { judge, claims, server } = await arrange();
    server.answer('/evil', json({ keys: [published(otherKey.publicJwk, 'k1')] }));
    const evil = `${server.origin}/evil`;
    const header = { jku: evil, x5u: evil, jwk: otherKey.publicJwk, x5c: ['AAAA'] };
    expect(await judge(signJwt(claims, header, otherKey.privateKey))).toBe(refused);
    expect(await judge(signJwt({ ...claims, iss: evil }, header, otherKey.privateKey))).toBe(refused);
    expect(server.count('/evil')).toBe(0);
    // Such members do no harm to a good token.
    expect(await judge(signJwt(claims, header))).toBe(ada);
  });
});

describe('what the token says', () => {
  it.each(['JWT', 'jwt', 'id_token', '', 'logout+jwt', 1, null, undefined])('R40: typ %o', async (typ) => {
    const { judge, claims } = await arrange();
    expect(await judge(signJwt(claims, { typ }))).toBe(refused);
  });

  it('R40: typ JWT by option, and then still no ID, refresh or logout token', async () => {
    const { judge, claims } = await arrange({ typ: 'JWT' });
    for (const typ of ['JWT', 'jwt', undefined])
      expect(await judge(signJwt({ ...claims, jti: String(typ) }, { typ }))).toBe(ada);
    const good = signJwt({ ...claims, typ: 'Bearer' }, { typ: 'JWT' });
    expect(await judge(good)).toBe(ada);
    for (const other of [
      { typ: 'ID' },
      { typ: 'Refresh' },
      { typ: 'Offline' },
      { typ: 'DPoP' },
      { typ: 7 },
      { token_use: 'id' },
      { at_hash: 'x' },
      { c_hash: 'x' },
      { events: {} },
      { cnf: { jkt: 'x' } },
    ]) {
      expect([other, await judge(signJwt({ ...claims, ...other }, { typ: 'JWT' }))]).toEqual([other, refused]);
    }
    expect(await judge(signJwt({ ...claims, jti: 'at' }, { typ: 'at+jwt' }))).toBe(refused);
  });

  it.each([
    (issuer: string) => ({ iss: `${issuer}/` }),
    (issuer: string) => ({ iss: issuer.toUpperCase() }),
    (issuer: string) => ({ iss: [issuer] }),
    () => ({ iss: undefined }),
    () => ({ aud: 'other' }),
    () => ({ aud: `${audience}/` }),
    () => ({ aud: [] }),
    () => ({ aud: ['other', 7, audience] }),
    () => ({ aud: { 0: audience } }),
    () => ({ aud: undefined }),
  ])('R41: issuer and audience (%#)', async (change) => {
    const { judge, claims, issuer } = await arrange();
    expect(await judge(signJwt({ ...claims, ...change(issuer) }))).toBe(refused);
  });

  it('R41: ours among several audiences, and one of several names', async () => {
    const { judge, claims } = await arrange({ audience: ['old-name', audience] });
    expect(await judge(signJwt({ ...claims, aud: ['other', audience] }))).toBe(ada);
    expect(await judge(signJwt({ ...claims, aud: 'old-name' }))).toBe(ada);
    expect(await judge(signJwt({ ...claims, aud: 'account' }))).toBe(refused);
  });

  it.each([
    { exp: undefined },
    { exp: String(at + 60) },
    { exp: at + 0.5 },
    { exp: 1e300 },
    { exp: null },
    { exp: -1 },
    { exp: at + 3601 },
    { iat: undefined },
    { iat: at + 6 },
    { iat: at + 3, exp: at + 2 },
    { iat: '1' },
    { nbf: at + 6 },
    { nbf: 'x' },
    { sub: undefined },
    { sub: '' },
    { sub: 7 },
    { sub: 'x'.repeat(256) },
    { sub: 'a\u0000b' },
    { jti: {} },
    { scope: 7 },
    { scp: [1] },
    { roles: { admin: true } },
  ])('R42: %o', async (change) => {
    const { judge, claims } = await arrange();
    expect(await judge(signJwt({ ...claims, ...change }))).toBe(refused);
  });

  it('R42: claims that an option asks for, and longer lives by option', async () => {
    const { judge, claims } = await arrange({ requireClaims: ['sub', 'tenant'], maxLifetimeSeconds: 7200 });
    expect(await judge(signJwt(claims))).toBe(refused);
    expect(await judge(signJwt({ ...claims, tenant: 't1', exp: at + 7200 }))).toBe(ada);
    expect(await judge(signJwt({ ...claims, tenant: 't1', exp: at + 7201 }))).toBe(refused);
  });

  it('tells of an expired token only when it is signed', async () => {
    const { judge, claims } = await arrange();
    const old = { ...claims, iat: at - 600, exp: at - 300 };
    expect(await judge(signJwt(old))).toBe('token_expired');
    expect(await judge(signJwt(old, {}, otherKey.privateKey))).toBe(refused);
  });

  it('R43: other spellings of a good token', async () => {
    const { judge, claims } = await arrange();
    const token = signJwt(claims);
    const [first = '', middle = '', last = ''] = token.split('.');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const altered = last.slice(0, -1) + (alphabet[alphabet.indexOf(last.at(-1) ?? '') + 1] ?? '');
    expect(Buffer.from(altered, 'base64url')).toEqual(Buffer.from(last, 'base64url'));
    for (const spelling of [
      `${first}.${middle}.${altered}`,
      `${token}=`,
      `${first}=.${middle}.${last}`,
      `${first}.${middle}\n.${last}`,
      `${token}.`,
      `${first}.${middle}`,
      `${first}..${last}`,
      '..',
      '',
    ]) {
      expect([spelling, await judge(spelling)]).toEqual([spelling, refused]);
    }
    expect(await judge(token)).toBe(ada);
  });

  it('R45, R46: long tokens, repeated members, prototypes, no JSON', async () => {
    const { judge, claims } = await arrange();
    expect(await judge(signJwt({ ...claims, pad: 'x'.repeat(8000) }))).toBe(refused);
    const written = JSON.stringify(claims);
    for (const payload of [
      written.replace('{', '{"sub":"root",'),
      written.replace('{', '{"__proto__":{"sub":"root"},'),
      written.replace('"sub"', '"__proto__":{"sub":"root"},"x"'),
      '',
      '[]',
      'null',
      '"x"',
      written.slice(1),
    ]) {
      expect([payload, await judge(signJwt(payload))]).toEqual([payload, refused]);
    }
    for (const bad of ['', '[]', 'null', '{"alg":"RS256","alg":"RS256","typ":"at+jwt","kid":"k1"}']) {
      expect([bad, await judge(signJwt(claims, bad))]).toEqual([bad, refused]);
    }
  });
});

it('asks at each use whether the token is refused here, and lets nobody in when that cannot be told', async () => {
  let answer: () => unknown = () => false;
  const seen: unknown[] = [];
  const { judge, claims } = await arrange({
    revoked: (token) => {
      seen.push([token.caller.id, token.jti, token.issuedAt, token.expiresAt]);
      return answer() as boolean;
    },
  });
  const token = signJwt(claims);
  expect(await judge(token)).toBe(ada);
  expect(seen).toEqual([['f5f1-ada', 'token-1', start, later(305)]]);
  answer = () => Promise.resolve(true);
  expect(await judge(token)).toBe(refused);
  answer = () => undefined;
  expect(await judge(token)).toBe(refused);
  answer = () => Promise.reject(new Error('down'));
  expect(await judge(token)).toBe('unavailable');
  answer = () => {
    throw new Error('down');
  };
  expect(await judge(token)).toBe('unavailable');
});

it.each([
  { issuer: '' },
  { issuer: undefined },
  { issuer: ['https://a.test'] },
  { issuer: 'http://a.test', allowHttp: false },
  { issuer: 'no url' },
  { issuer: 'https://a:b@a.test' },
  { jwksUri: undefined },
  { jwksUri: '' },
  { jwksUri: 'http://a.test/keys' },
  { jwksUri: 'file:///etc/passwd' },
  { jwksUri: 'https://a.test/keys#x' },
  { discovery: 'saml' },
  { audience: undefined },
  { audience: '' },
  { audience: [] },
  { audience: [undefined] },
  { audience: [audience, ''] },
  { algorithms: 'RS256' },
  { algorithms: [undefined] },
  { typ: 'jwt' },
  { requireClaims: 'sub' },
  { requireClaims: [undefined] },
  { scopeClaims: 'roles' },
  { scopeClaims: [undefined] },
  { scopeClaims: [['realm_access', '']] },
  { scopes: undefined },
  { scopes: ['a b'] },
  { scopes: { admin: [] } },
  { idPrefix: 'a b' },
  { maxLifetimeSeconds: 86_401 },
  { clockToleranceSeconds: 31 },
  { keyCacheSeconds: 0 },
  { keyStaleSeconds: 86_401 },
  { keyCooldownSeconds: 0 },
  { timeoutSeconds: 60 },
])('stops the start for %o, and names the option', (change) => {
  const options = { issuer: 'https://a.test', audience, scopes: [], ...change } as unknown as ForeignJwtOptions;
  const kind: ForeignTokenKind = foreignJwt(options);
  expect(() => kind.connect(testSetup())).toThrow(ConfigurationError);
  expect(() => kind.connect(testSetup())).toThrow(new RegExp(`^foreignJwt\\.${Object.keys(change)[0]}\\b`));
});

it('is one verifier for one API', () => {
  const kind = foreignJwt({ issuer: 'https://a.test', audience, scopes: [] });
  const setup = testSetup();
  expect(kind.connect(setup)).toBe(kind.connect(setup));
  expect(kind.connect(setup)).not.toBe(kind.connect(testSetup()));
});
