import { expect, it } from 'vitest';
import { createPasswordHasher } from './passwords.ts';

const hasher = createPasswordHasher({ concurrency: 2 });
const keys = { k1: 'p3pPer-of-the-tests-0123456789-abcdefghij', k2: 'an0ther-pepper-of-the-tests-9876543210-xyz' };
/** As `process.env.PEPPER as string` is, where nobody has set it. */
const unset = undefined as unknown as string;
const good = 'correct horse';

it('hashes by argon2id, with a salt of its own each time', async () => {
  const [one, other] = [await hasher.hash(good), await hasher.hash(good)];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(other).not.toBe(one);
  for (const stored of [one, other]) {
    expect(await hasher.verify(good, stored)).toBe(true);
    expect(await hasher.verify('correct horsf', stored)).toBe(false);
    expect(await hasher.verify('', stored)).toBe(false);
  }
});

it('takes 8 characters to 1024 bytes of anything', async () => {
  for (const password of ['12345678', '        ', 'пароль12', '𝔘𝔫𝔦𝔠𝔬𝔡𝔢!', 'x'.repeat(1024), 'é'.repeat(512)]) {
    expect(await hasher.verify(password, await hasher.hash(password))).toBe(true);
  }
  for (const password of ['', '1234567', '𝔘𝔫𝔦𝔠', 'x'.repeat(1025), 'é'.repeat(513), `${good}\ud800`]) {
    await expect(hasher.hash(password)).rejects.toMatchObject({ code: 'rule_broken' });
  }
});

it('knows a password however its accents were typed, and sees no other characters as alike', async () => {
  const stored = await hasher.hash('caf\u00e9 au lait');
  expect(await hasher.verify('cafe\u0301 au lait', stored)).toBe(true);
  expect(await hasher.verify('cafe au lait', stored)).toBe(false);
  expect(await hasher.verify('caf\u00e9 au lait\ud800', stored)).toBe(false);
  expect(await hasher.verify('ｃorrect horse', await hasher.hash(good))).toBe(false);
});

it('matches nothing where nothing, or what cannot be read, is stored', async () => {
  const stored = await hasher.hash(good);
  const costly = stored.replace('m=19456', 'm=9999999');
  const long = stored.replace('t=2', 't=99');
  for (const text of [
    undefined,
    '',
    good,
    '$argon2id$',
    stored.slice(1),
    costly,
    long,
    stored.replace('argon2id', 'argon2d'),
  ]) {
    expect([text, await hasher.verify(good, text)]).toEqual([text, false]);
  }
});

it('keys passwords with a pepper, and renews those that were not', async () => {
  const first = createPasswordHasher({ peppers: { current: 'k1', keys } });
  const second = createPasswordHasher({ peppers: { current: 'k2', keys } });
  const without = createPasswordHasher({ peppers: { current: 'k2', keys: { k2: keys.k2 } } });
  const [bare, stored] = [await hasher.hash(good), await first.hash(good)];
  expect(stored).toMatch(/^\$pepper\$k1\$argon2id\$/);
  for (const [each, text, matches, outdated] of [
    [first, stored, true, false],
    [first, bare, true, true],
    [second, stored, true, true],
    [without, stored, false, true],
    [hasher, stored, false, true],
    [hasher, stored.replace('$pepper$k1', ''), false, false],
  ] as const) {
    expect([await each.verify(good, text), each.outdated(text)]).toEqual([matches, outdated]);
  }
});

it('renews what cost less', async () => {
  const strong = createPasswordHasher({ memoryKiB: 32_768, passes: 3 });
  const stored = await hasher.hash(good);
  expect([hasher.outdated(stored), strong.outdated(stored), hasher.outdated('nothing')]).toEqual([false, true, false]);
  const stronger = await strong.hash(good);
  expect(stronger).toContain('m=32768,t=3,p=1');
  expect([await hasher.verify(good, stronger), hasher.outdated(stronger)]).toEqual([true, false]);
});

it('refuses with 503 when too many wait', async () => {
  const busy = createPasswordHasher({ concurrency: 1, queue: 2 });
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => busy.verify(good, undefined)));
  const codes = tries.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code));
  expect(codes).toEqual([false, false, false, 'unavailable', 'unavailable']);
  expect(await busy.verify(good, undefined)).toBe(false);
});

it.each([
  [{ memoryKiB: 1024 }, 'memoryKiB'],
  [{ memoryKiB: 1_000_000 }, 'memoryKiB'],
  [{ passes: 1 }, 'passes'],
  [{ concurrency: 0 }, 'concurrency'],
  [{ peppers: { current: 'k9', keys } }, 'peppers.current'],
  [{ peppers: { current: 'k', keys: { k: 'short' } } }, 'peppers.k'],
  [{ peppers: { current: 'k', keys: { k: 'a'.repeat(40) } } }, 'peppers.k'],
  [{ peppers: { current: 'k1', keys: { ...keys, k3: unset } } }, 'peppers.k3: the pepper is not there'],
  [{ peppers: { current: 'k!', keys: { 'k!': keys.k1 } } }, 'peppers.k!'],
])('does not start with %j', (options, place) => {
  expect(() => createPasswordHasher(options)).toThrow(`passwordHasher.${place}`);
});
