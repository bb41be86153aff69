import { expect, it } from 'vitest';
import { apiKeyDigest, isIssuedApiKey, issueApiKey } from './key.ts';

it('makes keys that are known by their prefix and checksum, and are never the same', () => {
  const key = issueApiKey();
  expect(key).toMatch(/^spk_live_[A-Za-z0-9_-]{49}$/);
  expect(issueApiKey('test')).toMatch(/^spk_test_/);
  expect(isIssuedApiKey(key)).toBe(true);
  expect(new Set(Array.from({ length: 100 }, () => issueApiKey())).size).toBe(100);
  for (const [place] of [...key].entries()) {
    const altered = key.slice(0, place) + (key[place] === 'A' ? 'B' : 'A') + key.slice(place + 1);
    expect(isIssuedApiKey(altered)).toBe(false);
  }
  for (const other of ['', 'spk_live_', `${key} `, ` ${key}`, key.slice(1), key.replace('spk', 'sps')]) {
    expect(isIssuedApiKey(other)).toBe(false);
  }
  expect(apiKeyDigest(key)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(apiKeyDigest(key)).not.toContain(key.slice(9, 20));
});
