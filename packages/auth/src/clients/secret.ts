import { randomBytes } from 'node:crypto';
import { checksum, endsInChecksum } from '../lib/checksum.ts';

/** Where a secret belongs; told by its prefix. */
export type SecretEnvironment = 'live' | 'test';

const shape = /^sps_(?:live|test)_[A-Za-z0-9_-]{49}$/;

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
  return shape.test(text) && endsInChecksum(text);
}
