import { expect, it } from 'vitest';
import { isIssuedSecret, issueSecret } from './secret.ts';

it('R2, R49: makes secrets that every encoder of Basic leaves alone and that know themselves', () => {
  const live = issueSecret();
  expect(live).toMatch(/^sps_live_[A-Za-z0-9_-]{49}$/);
  expect(issueSecret('test')).toMatch(/^sps_test_/);
  expect(encodeURIComponent(live)).toBe(live);
  expect(isIssuedSecret(live)).toBe(true);
  expect(issueSecret()).not.toBe(live);
});

it('does not know what it has not made', () => {
  const secret = issueSecret();
  const other = secret.at(20) === 'x' ? 'y' : 'x';
  expect(isIssuedSecret(secret.slice(0, 20) + other + secret.slice(21))).toBe(false);
  expect(isIssuedSecret(secret.replace('live', 'test'))).toBe(false);
  for (const text of ['', 'sps_live_', secret.slice(0, -1), `${secret}A`, `${secret}\n`, 'correct horse battery']) {
    expect(isIssuedSecret(text)).toBe(false);
  }
});
