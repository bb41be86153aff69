import { randomBytes, scryptSync } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { later } from '../../test-support/calls.ts';
import { pepper, testHasher } from '../../test-support/clients.ts';
import { issueSecret } from './secret.ts';
import { createSecretHasher } from './secret-hasher.ts';

const peppers = { current: 'k1', keys: { k1: pepper } };

describe('the keyed digest', () => {
  it('is bound to the client, the secret and the pepper', async () => {
    const hasher = testHasher();
    const secret = issueSecret();
    const stored = hasher.hash('one', secret);
    expect(stored).toMatch(/^\$hmac-sha256\$k1\$[A-Za-z0-9_-]{43}$/);
    expect(await hasher.verify('one', secret, stored)).toBe(true);
    expect(await hasher.verify('two', secret, stored)).toBe(false);
    expect(await hasher.verify('one', issueSecret(), stored)).toBe(false);
    const rotated = createSecretHasher({ peppers: { current: 'k2', keys: { ...peppers.keys, k2: `${pepper}2` } } });
    expect(await rotated.verify('one', secret, stored)).toBe(true);
    expect(rotated.hash('one', secret)).toContain('$k2$');
    const lost = createSecretHasher({ peppers: { current: 'k2', keys: { k2: `${pepper}2` } } });
    expect(await lost.verify('one', secret, stored)).toBe(false);
  });

  it('is refused to secrets that a person may have chosen', () => {
    expect(() => testHasher().hash('one', 'correct horse battery staple')).toThrow(TypeError);
  });
});

describe('slow hashes', () => {
  it('reads those of OpenSPP', async () => {
    const salt = randomBytes(16);
    const key = scryptSync('mV3-kept-in-a-vault-7Qx', salt, 64, { N: 16384, r: 8, p: 1 });
    const stored = `$scrypt$${salt.toString('base64')}$${key.toString('base64')}`;
    const hasher = testHasher();
    expect(await hasher.verify('any', 'mV3-kept-in-a-vault-7Qx', stored)).toBe(true);
    expect(await hasher.verify('any', 'mV3-kept-in-a-vault-7Qy', stored)).toBe(false);
    expect(await hasher.verify('any', 'x', await hasher.import('x', 'openspp'))).toBe(true);
    expect(await hasher.import('x', 'openspp')).toMatch(/^\$scrypt\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{86}==$/);
  });

  it('are keyed with the pepper when that is wanted, and those that are not go on matching', async () => {
    const plain = createSecretHasher({ peppers });
    const keyed = createSecretHasher({ peppers, pepperImports: true });
    const rotated = createSecretHasher({
      peppers: { current: 'k2', keys: { ...peppers.keys, k2: `${pepper}2` } },
      pepperImports: true,
    });
    const lost = createSecretHasher({ peppers: { current: 'k1', keys: { k1: `${pepper}2` } }, pepperImports: true });
    for (const format of ['phc', 'openspp'] as const) {
      const stored = await keyed.import('chosen by hand', format);
      expect(stored).toMatch(/^\$pepper\$k1\$scrypt\$/);
      expect(await keyed.verify('any', 'chosen by hand', stored)).toBe(true);
      expect(await keyed.verify('any', 'chosen by foot', stored)).toBe(false);
      expect(await rotated.verify('any', 'chosen by hand', stored)).toBe(true);
      expect(await rotated.import('x', format)).toMatch(/^\$pepper\$k2\$/);
      expect(await lost.verify('any', 'chosen by hand', stored)).toBe(false);
      expect(await plain.verify('any', 'chosen by hand', stored.replace('$pepper$k1', ''))).toBe(false);
      const bare = await plain.import('chosen by hand', format);
      expect(await keyed.verify('any', 'chosen by hand', bare)).toBe(true);
    }
  });

  it('are made with N = 2^15', async () => {
    const hasher = testHasher();
    const stored = await hasher.import('chosen by hand');
    expect(stored).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/);
    expect(await hasher.verify('any', 'chosen by hand', stored)).toBe(true);
    expect(await hasher.verify('any', 'chosen by foot', stored)).toBe(false);
  });

  it.each([
    '',
    'plain text',
    '$scrypt$',
    '$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=15,r=99,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$hmac-sha256$k1$short',
    '$pepper$k1',
    '$pepper$k1$hmac-sha256$k1$short',
    '$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA',
  ])('match nothing when they cannot be read: %s', async (stored) => {
    expect(await testHasher().verify('any', '', stored)).toBe(false);
  });

  it('remember a match until the client changes or the time is over', async () => {
    const hasher = createSecretHasher({ peppers, cacheSeconds: 60, concurrency: 1, queue: 0 });
    const stored = await hasher.import('chosen', 'openspp');
    const verify = (secret: string, epoch: number, seconds: number) =>
      hasher.verify('c', secret, stored, { now: later(seconds), epoch });
    expect(await verify('chosen', 1, 0)).toBe(true);
    // While another hash takes the only place, whatever is not remembered is refused.
    const busy = hasher.import('other', 'openspp');
    expect(await verify('chosen', 1, 59)).toBe(true);
    await expect(verify('wrong', 1, 59)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(verify('chosen', 2, 59)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(verify('chosen', 1, 60)).rejects.toMatchObject({ code: 'unavailable' });
    await busy;
  });

  it('wait for each other, and are refused when too many wait', async () => {
    const hasher = createSecretHasher({ peppers, concurrency: 1, queue: 2, cacheSeconds: 0 });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.import('x', 'openspp')));
    expect(results.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(results[4]).toMatchObject({ reason: { code: 'unavailable', status: 503, headers: { 'Retry-After': '1' } } });
    await expect(hasher.import('x', 'openspp')).resolves.toBeTypeOf('string');
  });
});

it.each([
  ['a short pepper', { peppers: { current: 'k', keys: { k: 'short' } } }],
  ['a regular pepper', { peppers: { current: 'k', keys: { k: 'a'.repeat(64) } } }],
  ['no current pepper', { peppers: { current: 'x', keys: { k: pepper } } }],
  ['a strange id', { peppers: { current: 'k$', keys: { k$: pepper } } }],
  ['a long cache', { peppers, cacheSeconds: 301 }],
  ['no concurrency', { peppers, concurrency: 0 }],
])('refuses %s at the start', (_, options) => {
  expect(() => createSecretHasher(options)).toThrow(ConfigurationError);
});
