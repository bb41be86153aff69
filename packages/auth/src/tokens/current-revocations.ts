import type { ChangeFeed } from '../changes/change-feed.ts';
import { WatchedCache } from '../changes/watched-cache.ts';
import { available } from '../lib/available.ts';
import type { RevocationStore } from './revocation.ts';

/** What the list of revoked tokens says now, or said a few seconds ago. */
export interface CurrentRevocations {
  /** Answers at once when it remembers. @throws SallyportError `unavailable` */
  isRevoked(jti: string, now: Date): boolean | Promise<boolean>;
}

/**
 * Asks at each use whether a token was revoked; while a feed tells of every revocation, a "no" is remembered for five
 * seconds. Only asked about tokens that have proven themselves, so that nobody can fill the memory at will. A store that
 * answers at once has its list in memory, and is asked each time.
 */
export function currentRevocations(
  store: RevocationStore,
  changes: ChangeFeed | undefined,
  limit: number,
): CurrentRevocations {
  const unrevoked = new WatchedCache<true>({
    changes,
    seconds: undefined,
    usualSeconds: 0,
    limit,
    keyOf: (change) => (change.kind === 'jti' ? change.jti : undefined),
    path: 'revocations',
  });
  const load = async (answer: Promise<boolean>, jti: string, now: Date, mark: number): Promise<boolean> => {
    const revoked = await available(() => answer);
    if (!revoked) unrevoked.set(jti, true, now, mark);
    return revoked;
  };
  return {
    isRevoked(jti, now) {
      if (unrevoked.get(jti, now) === true) return false;
      const mark = unrevoked.mark();
      const answer = store.isRevoked(jti, now);
      return typeof answer === 'boolean' ? answer : load(answer, jti, now, mark);
    },
  };
}
