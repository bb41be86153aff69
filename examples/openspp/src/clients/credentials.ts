import { randomBytes } from 'node:crypto';

/** A client's id and secret. The secret is shown once; only its hash is kept. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Credentials made at random (contract §4.1): 16 bytes for the id, 32 for the secret. */
export function newCredentials(): Credentials {
  return {
    clientId: `client_${randomBytes(16).toString('base64url')}`,
    clientSecret: newSecret(),
  };
}

/** A secret of 32 random bytes, as text. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
