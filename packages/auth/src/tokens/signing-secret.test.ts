import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { asymmetricAlgorithms, keyPair } from '../../test-support/key-pairs.ts';
import { checkSigningSecret } from './signing-secret.ts';

it.each([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
] as const)('R44: %s wants %i bytes', (algorithm, bytes) => {
  expect(checkSigningSecret(randomBytes(bytes), algorithm)).toBeUndefined();
  expect(checkSigningSecret(randomBytes(bytes - 1), algorithm)).toContain(`${bytes} bytes`);
  expect(checkSigningSecret(randomBytes(bytes).toString('hex'), algorithm)).toBeUndefined();
});

it('follows OpenSPP 3.4: 32 characters, and 3.0 bits for each', () => {
  expect(checkSigningSecret(randomBytes(64).toString('base64url'), 'HS256')).toBeUndefined();
  expect(checkSigningSecret('abcdefghijklmnopqrstuvwxyz01234', 'HS256')).toContain('32 characters');
  expect(checkSigningSecret('abcdefghijklmnopqrstuvwxyz012345', 'HS256')).toBeUndefined();
  expect(checkSigningSecret('a'.repeat(40), 'HS256')).toContain('too regular');
  expect(checkSigningSecret('ab'.repeat(20), 'HS256')).toContain('too regular');
  // Eight characters alike often are 3.0 bits to the letter.
  expect(checkSigningSecret('abcdefgh'.repeat(4), 'HS256')).toBeUndefined();
  expect(checkSigningSecret('abcdefg'.repeat(6), 'HS256')).toContain('too regular');
  expect(checkSigningSecret('', 'HS256')).toContain('32 characters');
});

it.each(asymmetricAlgorithms)('R37: a key of %s is no secret, as text or as bytes', (algorithm) => {
  const { publicPem, privatePem, publicKey, privateKey, publicJwk } = keyPair(algorithm);
  const texts = [
    publicPem,
    privatePem,
    `\n ${publicPem}`,
    JSON.stringify(publicJwk),
    JSON.stringify(publicJwk, null, 2),
  ];
  const bytes = [
    publicKey.export({ type: 'spki', format: 'der' }),
    privateKey.export({ type: 'pkcs8', format: 'der' }),
    ...texts.map((text) => Buffer.from(text)),
  ];
  for (const secret of [...texts, ...bytes]) {
    for (const hmac of ['HS256', 'HS384', 'HS512'] as const) expect(checkSigningSecret(secret, hmac)).toBeDefined();
  }
  expect(checkSigningSecret(publicPem, 'HS256')).toContain('no signing secret');
  expect(checkSigningSecret(publicKey as unknown as string, 'HS256')).toContain('text or bytes');
});
