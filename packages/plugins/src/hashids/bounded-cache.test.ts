import { describe, expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

describe('BoundedCache', () => {
  it('answers what was put in', () => {
    const cache = new BoundedCache<string, number>(10);
    cache.set('a', 1);
    expect(cache.get('a')).toBe(1);
    expect(cache.get('b')).toBeUndefined();
  });

  it('never holds more than its limit', () => {
    const cache = new BoundedCache<number, number>(100);
    for (let key = 0; key < 10_000; key++) {
      cache.set(key, key);
      cache.get(key % 70);
      expect(cache.size).toBeLessThanOrEqual(100);
    }
  });

  it('keeps what is in use', () => {
    const cache = new BoundedCache<number, string>(10);
    cache.set(-1, 'used');
    for (let key = 0; key < 1_000; key++) {
      cache.set(key, 'once');
      expect(cache.get(-1)).toBe('used');
    }
    expect(cache.get(3)).toBeUndefined();
  });

  it('keeps nothing when it is switched off', () => {
    const cache = new BoundedCache<number, number>(0);
    cache.set(1, 1);
    expect(cache.get(1)).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});
