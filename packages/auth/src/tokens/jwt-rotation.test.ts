import { ConfigurationError } from '@sallyport/core';
import { decodeProtectedHeader } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { later, start, testSetup } from '../../test-support/calls.ts';
import { signingSecret } from '../../test-support/clients.ts';
import { closeGuardedApis, guardedApi } from '../../test-support/guarded-api.ts';
import { client, judgeOf, second } from '../../test-support/jwt.ts';
import { asymmetricAlgorithms, keyPair } from '../../test-support/key-pairs.ts';
import {
  type AsymmetricJwtKeys,
  type AsymmetricKey,
  createMemoryClientStore,
  type HmacJwtKeys,
  jwtTokens,
  type SigningKey,
} from '../index.ts';

function arrange(keys: AsymmetricJwtKeys | HmacJwtKeys) {
  const clients = createMemoryClientStore([client]);
  const service = jwtTokens({ issuer: 'tests', audience: 'api', clients, ...keys }).connect(testSetup());
  const issue = async (at = start) => (await service.issue({ client, scopes: client.scopes, now: at })).token;
  const kidOf = async (at = start) => decodeProtectedHeader(await issue(at)).kid;
  return { service, issue, judge: judgeOf(service), kidOf };
}

const good = client.clientId;

describe.each(asymmetricAlgorithms)('R39: rotation of %s', (algorithm) => {
  const [one, two] = [keyPair(algorithm, 'one'), keyPair(algorithm, 'two')];

  it('by dates, without a gap: every token lives out its life', async () => {
    const { issue, judge, kidOf } = arrange({
      algorithm,
      key: [
        { kid: 'b', key: two.privatePem, notBefore: later(1000) },
        { kid: 'a', key: one.privatePem, retireAfter: later(1000) },
      ],
    });
    expect([await kidOf(), await kidOf(later(999.999)), await kidOf(later(1000))]).toEqual(['a', 'a', 'b']);
    const last = await issue(later(999));
    expect(await judge(last, later(999 + 604))).toBe(good);
    expect(await judge(last, later(999 + 605))).toBe('token_expired');
  });

  it('by a source: no restart, and what is taken out takes its tokens along, remembered or not', async () => {
    let keys: AsymmetricKey[] = [{ key: one.privatePem }];
    const { issue, judge, kidOf } = arrange({ algorithm, key: async () => keys, keyRefreshSeconds: 60 });
    const [early, thumbprint] = [await issue(), await kidOf()];
    keys = [{ key: two.privatePem }, { key: one.publicPem }];
    expect(await kidOf(later(59))).toBe(thumbprint);
    expect(await judge(early, later(59))).toBe(good);
    expect(await kidOf(later(60))).not.toBe(thumbprint);
    expect(await judge(early, later(61))).toBe(good);
    keys = [{ key: two.privatePem }];
    expect(await judge(early, later(119))).toBe(good);
    expect(await judge(early, later(120))).toBe('token_invalid');
  });
});

it('R31: a token tells its registered claims by their names, and nothing else', async () => {
  const { service, issue } = arrange({ algorithm: 'EdDSA', key: keyPair('EdDSA').privatePem });
  const told = await service.describe?.(await issue(), start);
  expect(Object.keys(told ?? {}).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sub']);
  expect(told).toMatchObject({ iss: 'tests', aud: 'api', sub: client.clientId });
});

describe('rotation of secrets', () => {
  it('follows the same dates and sources', async () => {
    let keys: SigningKey[] = [
      { kid: 'b', secret: second, notBefore: later(100) },
      { kid: 'a', secret: signingSecret },
    ];
    const { kidOf, issue, judge } = arrange({ algorithm: 'HS256', key: () => keys, keyRefreshSeconds: 10 });
    expect([await kidOf(), await kidOf(later(100))]).toEqual(['a', 'b']);
    const token = await issue(later(100));
    expect(await judge(token, later(101))).toBe(good);
    keys = [{ kid: 'b', secret: signingSecret }];
    expect(await judge(token, later(200))).toBe('token_invalid');
  });
});

describe('R44: keys that cannot be used', () => {
  const { privatePem, publicPem } = keyPair('ES256');
  const bad: [string, AsymmetricJwtKeys['key'], RegExp][] = [
    ['nothing', undefined, /^jwtTokens\.key: there is no key/],
    ['an empty list', [], /^jwtTokens\.key: there is no key/],
    ['a secret', signingSecret, /^jwtTokens\.key: is no PEM/],
    ['a key of another type', keyPair('EdDSA').privatePem, /^jwtTokens\.key: ES256 needs/],
    ['one bad key', [{ key: privatePem }, { key: keyPair('RS256').privatePem }], /^jwtTokens\.key\[1\]: ES256 needs/],
    ['a source with none', () => [], /^jwtTokens\.key: there is no key/],
  ];

  it.each(bad)('%s stops the start', async (_, key, message) => {
    expect(() => arrange({ algorithm: 'ES256', key })).toThrow(ConfigurationError);
    expect(() => arrange({ algorithm: 'ES256', key })).toThrow(message);
    const { issue, judge } = arrange({ algorithm: 'ES256', key, whenKeyUnusable: 'fail-calls' });
    await expect(issue()).rejects.toMatchObject({ kind: 'key_unusable' });
    expect(await judge('a.b.c')).toBe('key_unusable');
  });

  it('R36: an algorithm that is none', () => {
    for (const algorithm of ['none', 'HS1', 'RS512', 'constructor', '']) {
      expect(() => arrange({ algorithm: algorithm as 'ES256', key: privatePem })).toThrow(/^jwtTokens\.algorithm: /);
    }
  });

  it('R37: PEM as a secret, and a refresh time out of range', () => {
    for (const key of [publicPem, Buffer.from(publicPem), [{ kid: 'a', secret: publicPem }]]) {
      expect(() => arrange({ algorithm: 'HS256', key })).toThrow(/^jwtTokens\.key: .*no signing secret/);
    }
    expect(() => arrange({ algorithm: 'ES256', key: privatePem, keyRefreshSeconds: 0 })).toThrow(/keyRefreshSeconds/);
  });

  it('public keys alone verify, and sign nothing', async () => {
    const token = await arrange({ algorithm: 'ES256', key: privatePem }).issue();
    const reader = arrange({ algorithm: 'ES256', key: publicPem });
    expect(await reader.judge(token)).toBe(good);
    await expect(reader.issue()).rejects.toMatchObject({ kind: 'key_unusable' });
  });

  describe('to issue with', () => {
    afterAll(closeGuardedApis);
    const starting = (keys: AsymmetricJwtKeys | HmacJwtKeys) => guardedApi(jwtTokens({ issuer: 'tests', ...keys }));
    const secret = { kid: 'a', secret: signingSecret };

    it.each<[string, AsymmetricJwtKeys | HmacJwtKeys]>([
      ['a public PEM', { algorithm: 'ES256', key: publicPem }],
      ['a public JWK', { algorithm: 'ES256', key: keyPair('ES256').publicJwk }],
      ['a source of public keys', { algorithm: 'ES256', key: () => [{ key: publicPem }] }],
      ['a private one that is retired', { algorithm: 'ES256', key: [{ key: privatePem, retireAfter: start }] }],
      [
        'a public one before a private one whose time has not come',
        {
          algorithm: 'ES256',
          key: [{ key: keyPair('ES256', 'two').publicPem }, { key: privatePem, notBefore: later(1) }],
        },
      ],
      ['a secret whose time has not come', { algorithm: 'HS256', key: [{ ...secret, notBefore: later(1) }] }],
    ])('%s stops the start of a token endpoint', async (_, keys) => {
      await expect(starting(keys)).rejects.toThrow(ConfigurationError);
      await expect(starting(keys)).rejects.toThrow('jwtTokens.key: there is no key that signs at this time');
    });

    it('one that signs now is enough, and so is one that is told later, or that calls are to fail without', async () => {
      const keys = [{ key: keyPair('ES256', 'two').publicPem }, { key: privatePem, retireAfter: later(1) }];
      const api = await starting({ algorithm: 'ES256', key: keys });
      expect(await api.judge(await api.token())).toBe('200');
      await starting({ algorithm: 'ES256', key: async () => raise() });
      const failing = await starting({ algorithm: 'ES256', key: publicPem, whenKeyUnusable: 'fail-calls' });
      expect(await failing.token()).toBe('undefined');
    });
  });

  it('a source that throws stops the start, or fails calls until it is back', async () => {
    let away = true;
    const key = () => (away ? raise() : privatePem);
    expect(() => arrange({ algorithm: 'ES256', key })).toThrow(/^jwtTokens\.key: the keys could not be read/);
    const { judge, issue } = arrange({ algorithm: 'ES256', key, whenKeyUnusable: 'fail-calls' });
    expect(await judge('a.b.c')).toBe('unavailable');
    away = false;
    expect(await judge(await issue(later(10)), later(10))).toBe(good);
  });

  it('a source that is away at the start, and comes', async () => {
    let away = true;
    const { judge, issue } = arrange({ algorithm: 'ES256', key: async () => (away ? raise() : privatePem) });
    expect(await judge('a.b.c')).toBe('unavailable');
    away = false;
    expect(await judge(await issue(later(10)), later(10))).toBe(good);
  });
});

function raise(): never {
  throw new Error('gone');
}
