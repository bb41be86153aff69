import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Where a secret belongs; told by its prefix. */
export type SecretEnvironment = 'live' | 'test';

const shape = /^sps_(?:live|test)_[A-Za-z0-9_-]{43}([A-Za-z0-9_-]{6})$/;

/**
 * A new client secret: `sps_live_` or `sps_test_`, 32 random bytes and a CRC-32 over all before it, in base64url.
 * The prefix and the CRC let leak scanners recognise it; the alphabet survives every encoder of HTTP Basic (R2).
 */
export function issueSecret(environment: SecretEnvironment = 'live'): string {
  const body = `sps_${environment}_${randomBytes(32).toString('base64url')}`;
  return body + checksum(body);
}

/** Whether the text is a secret that {@link issueSecret} can have made: the only ones that a fast digest may guard. */
export function isIssuedSecret(text: string): boolean {
  const sum = shape.exec(text)?.[1];
  return sum !== undefined && checksum(text.slice(0, -sum.length)) === sum;
}

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64url');
}
