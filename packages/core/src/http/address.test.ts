import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limiterKey, normaliseAddress } from './address.ts';

describe('normaliseAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['fe80::1%eth0', 'fe80::1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%s is %s', (text, address) => {
    expect(normaliseAddress(text)).toBe(address);
  });

  it.each([
    '',
    'unknown',
    '192.0.2',
    '192.0.2.256',
    '1::2::3',
    ':::',
    '[::1]',
    '::1:80:80:80:80:80:80:80',
    '/run/api.sock',
    ' ::1',
  ])('%j is no address', (text) => {
    expect(normaliseAddress(text)).toBe(undefined);
  });

  it('is settled after one time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = normaliseAddress(text);
        expect(address).toBeDefined();
        expect(normaliseAddress(address ?? '')).toBe(address);
      }),
    );
  });
});

describe('limiterKey', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', 'unknown'],
    ['/run/api.sock', 'unknown'],
  ])('%s counts under %s', (address, key) => {
    expect(limiterKey(address)).toBe(key);
  });
});
