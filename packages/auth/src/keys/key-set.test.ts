import { ConfigurationError } from '@sallyport/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import {
  type AsymmetricKey,
  asymmetricRing,
  type KeyRing,
  publishedKeys,
  signingKey,
  verifyingKey,
} from './key-ring.ts';
import { type KeySource, sourcedKeySet } from './key-set.ts';

const one = keyPair('ES256', 'one');
const two = keyPair('ES256', 'two');
const ringOf = (keys: readonly AsymmetricKey[]) => asymmetricRing(keys, 'ES256', 3605, 'keys');
const a = { kid: 'a', key: one.privateKey };
const b = { kid: 'b', key: two.privateKey };

describe('times', () => {
  const ring = ringOf([
    { ...b, notBefore: later(600) },
    { ...a, retireAfter: later(700) },
  ]);
  const published = (at: Date) => publishedKeys(ring, at).map(({ kid }) => kid);

  it('the first whose time has come and that is not retired signs', () => {
    expect(signingKey(ring, start)?.kid).toBe('a');
    expect(signingKey(ring, later(599.999))?.kid).toBe('a');
    expect(signingKey(ring, later(600))?.kid).toBe('b');
    const ends = ringOf([{ ...a, retireAfter: later(1) }]);
    expect([signingKey(ends, later(0.999))?.kid, signingKey(ends, later(1))?.kid]).toEqual(['a', undefined]);
    expect(signingKey(ringOf([{ kid: 'p', key: one.publicKey }, b]), start)?.kid).toBe('b');
  });

  it('the next is published before it signs, the last until its tokens are dead', () => {
    expect(published(start)).toEqual(['b', 'a']);
    expect(published(later(700 + 3604.999))).toEqual(['b', 'a']);
    expect(published(later(700 + 3605))).toEqual(['b']);
    expect(verifyingKey(ring, 'b', start)?.kid).toBe('b');
    expect(verifyingKey(ring, 'a', later(700 + 3604.999))?.kid).toBe('a');
    expect(verifyingKey(ring, 'a', later(700 + 3605))).toBeUndefined();
  });

  it('R39: ids are compared exactly', () => {
    for (const kid of ['A', ' a', 'a ', '', undefined, '__proto__', 'constructor', 'toString']) {
      expect(verifyingKey(ring, kid, start)).toBeUndefined();
    }
  });

  it.each<[string, readonly AsymmetricKey[], RegExp]>([
    ['no key', [], /^keys: there is no key/],
    ['two of one id', [a, { ...b, kid: 'a' }], /^keys: every key/],
    ['the same key twice', [{ key: one.privateKey }, { key: one.publicPem }], /^keys: every key/],
    ['an end before its time', [a, { ...b, notBefore: later(1), retireAfter: later(1) }], /^keys\[1\]: /],
    ['a date that is none', [{ ...a, notBefore: new Date(Number.NaN) }, b], /^keys\[0\]\.notBefore: /],
    ['text for a date', [a, { ...b, retireAfter: '2030-01-01' as unknown as Date }], /^keys\[1\]\.retireAfter: /],
    ['an id with a space', [{ ...a, kid: 'a b' }], /^keys\.kid: /],
    ['an empty id', [{ ...a, kid: '' }], /^keys\.kid: /],
    ['a key of another type', [a, { key: keyPair('EdDSA').privatePem }], /^keys\[1\]: ES256 needs/],
  ])('refuses %s', (_, keys, message) => {
    expect(() => ringOf(keys)).toThrow(ConfigurationError);
    expect(() => ringOf(keys)).toThrow(message);
  });

  it('takes the id that a JWK names, else the thumbprint', () => {
    const [named, unnamed] = ringOf([{ key: { ...one.privateJwk, kid: 'mine' } }, { key: two.privatePem }]).keys;
    expect(named?.kid).toBe('mine');
    expect(unnamed?.kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe('a source', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const arrange = (source: KeySource<readonly AsymmetricKey[]>) => {
    const asked = vi.fn(source);
    const error = vi.fn();
    const set = sourcedKeySet(asked, ringOf, { refreshSeconds: 60, staleSeconds: 600 }, { error });
    const ids = async (now: Date) => (await set.at(now)).keys.map(({ kid }) => kid).join();
    return { asked, error, set, ids };
  };

  it('is asked once for all that wait, and again only when the time has come', async () => {
    let keys = [a];
    const { asked, set, ids } = arrange(async () => keys);
    expect(await Promise.all(Array.from({ length: 20 }, () => ids(start)))).toEqual(Array(20).fill('a'));
    keys = [b, a];
    expect(await ids(later(59.999))).toBe('a');
    expect(asked).toHaveBeenCalledTimes(1);
    expect(await Promise.all([ids(later(60)), ids(later(60))])).toEqual(['b,a', 'b,a']);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(set.at(later(61))).not.toBeInstanceOf(Promise);
    // A clock that was put back does not make keys fresh for ever.
    await ids(later(-86_400));
    expect(asked).toHaveBeenCalledTimes(3);
  });

  it('may answer at once', () => {
    let keys = [a];
    const { set } = arrange(() => keys);
    const now = (at: Date) => (set.at(at) as KeyRing).keys.length;
    expect(now(start)).toBe(1);
    keys = [b, a];
    expect([now(later(59)), now(later(60))]).toEqual([1, 2]);
  });

  it.each<[string, () => readonly AsymmetricKey[]]>([
    ['throws', () => raise(new Error('gone'))],
    ['tells no keys', () => []],
    ['tells keys of a wrong type', () => [{ key: keyPair('EdDSA').privatePem }]],
  ])('serves its last good keys while it %s, for a time', async (_, bad) => {
    for (const wrap of [
      (keys: () => readonly AsymmetricKey[]) => keys(),
      async (keys: () => readonly AsymmetricKey[]) => keys(),
    ]) {
      let tell: () => readonly AsymmetricKey[] = () => [a];
      const { asked, error, ids } = arrange(() => wrap(tell));
      expect(await ids(start)).toBe('a');
      tell = bad;
      expect(await ids(later(60))).toBe('a');
      expect(await ids(later(64))).toBe('a');
      expect([asked.mock.calls.length, error.mock.calls.length]).toEqual([2, 1]);
      expect(await ids(later(65))).toBe('a');
      expect(asked).toHaveBeenCalledTimes(3);
      expect(await ids(later(599))).toBe('a');
      await expect(ids(later(600))).rejects.toThrow();
      const calls = asked.mock.calls.length;
      await expect(ids(later(604))).rejects.toThrow();
      expect(asked).toHaveBeenCalledTimes(calls);
      tell = () => [b];
      expect(await ids(later(605))).toBe('b');
    }
  });

  it('that never told keys makes calls fail: 503, or a fault of the server', async () => {
    await expect(arrange(async () => raise(new Error('gone'))).ids(start)).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(arrange(async () => []).ids(start)).rejects.toMatchObject({ kind: 'key_unusable' });
  });

  it('is given up after two seconds', async () => {
    const aborted = vi.fn();
    const { ids } = arrange((signal) => {
      signal.addEventListener('abort', aborted);
      return new Promise(() => {});
    });
    const before = performance.now();
    await expect(ids(start)).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - before).toBeGreaterThan(1900);
    expect(aborted).toHaveBeenCalledOnce();
  });
});

function raise(error: Error): never {
  throw error;
}
