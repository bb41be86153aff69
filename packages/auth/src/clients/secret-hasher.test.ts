import { randomBytes, scryptSync } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { later } from '../../test-support/calls.ts';
import { pepper, testHasher } from '../../test-support/clients.ts';
import { issueSecret } from './secret.ts';
import { describeStoredSecret, type SecretForm } from './secret-forms.ts';
import { createSecretHasher, type SecretHasherOptions } from './secret-hasher.ts';

const peppers = { current: 'k1', keys: { k1: pepper } };
/** As `process.env.PEPPER as string` is, where nobody has set it. */
const unset = undefined as unknown as string;

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
    for (const format of ['argon2id', 'scrypt', 'openspp'] as const) {
      const stored = await keyed.import('chosen by hand', format);
      expect(stored).toMatch(/^\$pepper\$k1\$(scrypt|argon2id)\$/);
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

  it('are argon2id with 19 MiB unless told, or scrypt with N = 2^15', async () => {
    const hasher = testHasher();
    const forms = {
      argon2id: /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
      scrypt: /^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    };
    expect(await hasher.import('chosen by hand')).toMatch(forms.argon2id);
    const imports = createSecretHasher({ peppers, imports: 'scrypt' });
    expect(await imports.import('chosen by hand')).toMatch(forms.scrypt);
    expect(await createSecretHasher({ peppers, scheme: 'scrypt' }).import('x')).toMatch(forms.scrypt);
    for (const scheme of ['argon2id', 'scrypt'] as const) {
      const stored = await hasher.import('chosen by hand', scheme);
      expect(stored).toMatch(forms[scheme]);
      expect(await hasher.verify('any', 'chosen by hand', stored)).toBe(true);
      expect(await hasher.verify('any', 'chosen by foot', stored)).toBe(false);
      expect(await hasher.verify('any', '', stored)).toBe(false);
    }
  });

  it('reads what other libraries have written', async () => {
    // Test vectors of Argon2's reference implementation, for "password".
    const cases = [
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
      '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
    ];
    for (const stored of cases) expect(await testHasher().verify('any', 'password', stored)).toBe(true);
  });

  const salt = 'AAAAAAAAAAAAAAAAAAAAAA';
  const hash = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  it.each([
    '',
    'plain text',
    '$scrypt$',
    `$scrypt$ln=30,r=8,p=1$${salt}$${salt}`,
    `$scrypt$ln=15,r=99,p=1$${salt}$${salt}`,
    `$scrypt$ln=17,r=8,p=2$${salt}$${salt}`,
    `$scrypt$ln=10,r=1,p=0$${salt}$${salt}`,
    `$scrypt$ln=9,r=8,p=1$${salt}$${salt}`,
    '$scrypt$ln=15,r=8,p=1$========$================',
    '$scrypt$========$================',
    '$hmac-sha256$k1$short',
    '$pepper$k1',
    '$pepper$k1$hmac-sha256$k1$short',
    `$pepper$k1$pepper$k1$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}`,
    '$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA',
    `$argon2i$v=19$m=19456,t=2,p=1$${salt}$${hash}`,
    `$argon2id$v=16$m=19456,t=2,p=1$${salt}$${hash}`,
    `$argon2id$m=19456,t=2,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=65537,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=65536,t=5,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=8,t=999,p=9$${salt}$${hash}`,
    `$argon2id$v=19$m=7,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=19456,t=0,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}\n`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${'A'.repeat(500)}`,
  ])('match nothing, and ask for no work, when they cannot be read or ask for too much: %s', async (stored) => {
    // No slow hash may run: the only place is taken, and nobody may wait.
    const hasher = createSecretHasher({ peppers, concurrency: 1, queue: 0 });
    const busy = hasher.import('other', 'openspp');
    expect(await hasher.verify('any', '', stored)).toBe(false);
    expect(hasher.needsUpgrade('any', stored)).toBe(false);
    expect(describeStoredSecret(stored)).toEqual({ scheme: undefined });
    await busy;
  });

  it('that cannot be read cost what a wrong secret costs, where slow hashes are the rule', async () => {
    const hasher = createSecretHasher({ peppers, scheme: 'argon2id', concurrency: 1, queue: 0 });
    const busy = hasher.import('other');
    await expect(hasher.verify('any', 'x', 'plain text')).rejects.toMatchObject({ code: 'unavailable' });
    await busy;
    expect(await hasher.verify('any', 'x', 'plain text')).toBe(false);
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

describe('what is stored of a secret', () => {
  it('is a digest of what we have made, unless slow hashes are the rule, and a slow hash of the rest', async () => {
    const secret = issueSecret();
    const schemeOf = async (options: object, of: string) =>
      describeStoredSecret(await createSecretHasher({ peppers, ...options }).protect('c', of));
    expect(await schemeOf({}, secret)).toEqual({ scheme: 'hmac-sha256', pepper: 'k1' });
    expect(await schemeOf({}, 'chosen')).toEqual({ scheme: 'argon2id' });
    expect(await schemeOf({ pepperImports: true }, 'chosen')).toEqual({ scheme: 'argon2id', pepper: 'k1' });
    expect(await schemeOf({ scheme: 'openspp' }, secret)).toEqual({ scheme: 'openspp' });
  });

  const keys = { k1: pepper, k2: `${pepper}2` };
  const issued = issueSecret();
  const cheap = '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc';
  const weakScrypt = (secret: string) => {
    const salt = randomBytes(16);
    const key = scryptSync(secret, salt, 32, { N: 2 ** 12, r: 8, p: 1 });
    const bare = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    return `$scrypt$ln=12,r=8,p=1$${bare(salt)}$${bare(key)}`;
  };
  const before = createSecretHasher({ peppers: { current: 'k1', keys } });
  const peppered = createSecretHasher({ peppers: { current: 'k1', keys }, pepperImports: true });

  type Stored = readonly [
    title: string,
    options: Omit<SecretHasherOptions, 'peppers'>,
    secret: string,
    old: () => Promise<string>,
  ];
  const digestBefore = async () => before.hash('c', issued);
  const importBefore = () => before.import(issued);

  const upgraded: readonly (readonly [...Stored, form: SecretForm])[] = [
    ['a digest with an old pepper', {}, issued, digestBefore, { scheme: 'hmac-sha256', pepper: 'k2' }],
    ['ours under a slow hash', {}, issued, importBefore, { scheme: 'hmac-sha256', pepper: 'k2' }],
    ['scrypt where argon2id is the default', {}, 'x', () => before.import('x', 'scrypt'), { scheme: 'argon2id' }],
    ['a low cost of argon2id', {}, 'password', async () => cheap, { scheme: 'argon2id' }],
    ['a low cost of scrypt', { imports: 'scrypt' }, 'x', async () => weakScrypt('x'), { scheme: 'scrypt' }],
    ['a low cost of scrypt', { imports: 'openspp' }, 'x', async () => weakScrypt('x'), { scheme: 'scrypt' }],
    ['no pepper', { pepperImports: true }, 'x', () => before.import('x'), { scheme: 'argon2id', pepper: 'k2' }],
    ['an old pepper', { pepperImports: true }, 'x', () => peppered.import('x'), { scheme: 'argon2id', pepper: 'k2' }],
    ['an old pepper, kept', {}, 'x', () => peppered.import('x'), { scheme: 'argon2id', pepper: 'k2' }],
    [
      'an old pepper, and no weaker scheme than it had',
      { imports: 'openspp' },
      'x',
      () => peppered.import('x', 'scrypt'),
      { scheme: 'scrypt', pepper: 'k2' },
    ],
    [
      'no pepper in OpenSPP’s own form',
      { scheme: 'openspp', pepperImports: true },
      'x',
      () => before.import('x', 'openspp'),
      { scheme: 'openspp', pepper: 'k2' },
    ],
  ];
  it.each(upgraded)('is upgraded: %s', async (_, options, secret, old, form) => {
    const hasher = createSecretHasher({ peppers: { current: 'k2', keys }, ...options });
    const stored = await old();
    expect(await hasher.verify('c', secret, stored)).toBe(true);
    expect(hasher.needsUpgrade(secret, stored)).toBe(true);
    const made = await hasher.upgrade('c', secret, stored);
    expect(describeStoredSecret(made)).toEqual(form);
    expect(await hasher.verify('c', secret, made)).toBe(true);
    expect(hasher.needsUpgrade(secret, made)).toBe(false);
  });

  const kept: readonly Stored[] = [
    ['a digest of today', {}, issued, digestBefore],
    ['a slow hash of today', {}, 'x', () => before.import('x')],
    ['a pepper of today', { pepperImports: true }, 'x', () => peppered.import('x')],
    ['a pepper that new ones do not have', {}, 'x', () => peppered.import('x')],
    ['a stronger scheme', { imports: 'openspp' }, 'x', () => before.import('x', 'scrypt')],
    ['ours, where slow hashes are the rule', { scheme: 'argon2id' }, issued, importBefore],
  ];
  it.each(kept)('stays: %s', async (_, options, secret, old) => {
    const hasher = createSecretHasher({ peppers: { current: 'k1', keys }, ...options });
    expect(hasher.needsUpgrade(secret, await old())).toBe(false);
  });
});

it.each([
  ['a short pepper', 'peppers.k', { peppers: { current: 'k', keys: { k: 'short' } } }],
  ['a regular pepper', 'peppers.k', { peppers: { current: 'k', keys: { k: 'a'.repeat(64) } } }],
  ['a pepper that is not set', 'peppers.old', { peppers: { current: 'k', keys: { k: pepper, old: unset } } }],
  ['no current pepper', 'peppers.current', { peppers: { current: 'x', keys: { k: pepper } } }],
  ['a strange id', 'peppers.k$', { peppers: { current: 'k$', keys: { k$: pepper } } }],
  ['a long cache', 'cacheSeconds', { peppers, cacheSeconds: 301 }],
  ['no concurrency', 'concurrency', { peppers, concurrency: 0 }],
  ['a queue of less than nobody', 'queue', { peppers, queue: -0.5 }],
])('refuses %s at the start', (_, place, options) => {
  expect(() => createSecretHasher(options)).toThrow(ConfigurationError);
  expect(() => createSecretHasher(options)).toThrow(`secretHasher.${place}: `);
});
