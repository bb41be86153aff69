import type { Readiness } from '@sallyport/core';

/** Remembers revoked tokens by their `jti` until they would have expired (SECURITY 4.4). */
export interface RevocationStore extends Readiness {
  /** Rejects when it cannot answer: not reachable is not "not revoked". */
  isRevoked(jti: string, now: Date): boolean | Promise<boolean>;
  /** Resolves once the revocation holds. */
  revoke(jti: string, expiresAt: Date, now: Date): void | Promise<void>;
}

/** Revocations of one process. They are never dropped before the token would have expired. */
export function createMemoryRevocations(): RevocationStore {
  const revoked = new Map<string, number>();
  let sweepAt = 1024;
  return {
    isRevoked: (jti) => revoked.has(jti),
    revoke(jti, expiresAt, now) {
      revoked.set(jti, expiresAt.getTime());
      if (revoked.size < sweepAt) return;
      for (const [key, until] of revoked) if (until <= now.getTime()) revoked.delete(key);
      sweepAt = Math.max(1024, revoked.size * 2);
    },
  };
}
