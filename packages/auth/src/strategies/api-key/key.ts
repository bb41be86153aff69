import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { SecretEnvironment } from '../../clients/secret.ts';

const shape = /^spk_(?:live|test)_[A-Za-z0-9_-]{43}([A-Za-z0-9_-]{6})$/;

/**
 * A new API key: `spk_live_` or `spk_test_`, 32 random bytes and a CRC-32 over all before it, in base64url, so that leak
 * scanners recognise it and mistyped ones cost no look-up.
 */
export function issueApiKey(environment: SecretEnvironment = 'live'): string {
  const body = `spk_${environment}_${randomBytes(32).toString('base64url')}`;
  return body + checksum(body);
}

/** Whether the text is a key that {@link issueApiKey} can have made. */
export function isIssuedApiKey(text: string): boolean {
  const sum = shape.exec(text)?.[1];
  return sum !== undefined && checksum(text.slice(0, -sum.length)) === sum;
}

/** The only form in which a key is stored or compared; 256 random bits need no slow hash (SECURITY 4.1). */
export function apiKeyDigest(key: string): string {
  return hash('sha256', key, 'base64url');
}

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64url');
}
