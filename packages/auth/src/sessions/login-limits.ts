import { hash } from 'node:crypto';
import { ConfigurationError, limiterKey, type RateLimiter, type RateRule, SallyportError } from '@sallyport/core';
import { available } from '../lib/available.ts';
import { judgedInTime, tooLate } from '../lib/judged-in-time.ts';
import { JudgingQueue } from '../lib/judging-queue.ts';

/** How often logins may be tried, in sliding windows. A network is an IPv4 address, or the /64 of an IPv6 one. */
export interface LoginLimits {
  /** All requests of one network. */
  readonly requests: readonly RateRule[];
  /** Wrong credentials from one network. */
  readonly failures: readonly RateRule[];
  /** Wrong passwords for one login from one network: its owner elsewhere goes on logging in. */
  readonly accountFailures: readonly RateRule[];
}

/** SECURITY 4.6's figures, and for one login five a minute, twenty an hour and fifty a day. */
export const defaultLoginLimits: LoginLimits = {
  requests: [{ limit: 300, windowSeconds: 60 }],
  failures: [{ limit: 30, windowSeconds: 60 }],
  accountFailures: [
    { limit: 5, windowSeconds: 60 },
    { limit: 20, windowSeconds: 3600 },
    { limit: 50, windowSeconds: 86_400 },
  ],
};

/**
 * The limits of a login endpoint at work. They count what was typed, whether there is such an account or not. Its methods
 * throw SallyportError `too_many_requests` with its wait, and `unavailable`.
 */
export interface LoginLimiter {
  /** Before the password is looked at. Counts the request. */
  admit(address: string, now: Date): Promise<void>;
  /**
   * Judges a login: `work` answers whether it is right; a wrong one is counted, and that which goes over a limit learns no
   * more than that. Of all that come at once, no more are judged than may be wrong, in this process.
   */
  judge(address: string, login: string, now: Date, work: () => Promise<boolean>): Promise<void>;
}

/** @throws ConfigurationError for a rule that limits nothing */
export function loginLimiter(name: string, limits: LoginLimits, limiter: RateLimiter): LoginLimiter {
  for (const [group, rules] of Object.entries(limits) as [string, readonly RateRule[]][]) {
    const sound = rules.every((rule) =>
      [rule.limit, rule.windowSeconds].every((n) => Number.isSafeInteger(n) && n > 0),
    );
    if (!sound)
      throw new ConfigurationError(`sessions.limits.${group}`, 'limits and windows are whole numbers above 0');
  }
  const keysOf = (address: string, login: string) => {
    const network = limiterKey(address);
    // A digest: logins are personal data, and a limiter's keys are seen by many.
    const typed = hash('sha256', login, 'base64url');
    return {
      requests: `${name}:requests:${network}`,
      failures: `${name}:failures:${network}`,
      accountFailures: `${name}:account:${typed}:${network}`,
    };
  };

  /** How many more there may be. @throws SallyportError `too_many_requests` when there are too many already */
  const ask = async (what: 'take' | 'peek', group: keyof LoginLimits, key: string, now: Date): Promise<number> => {
    const rules = limits[group];
    if (rules.length === 0) return Number.POSITIVE_INFINITY;
    const { allowed, retryAfterSeconds, states } = await available(() => limiter[what](key, rules, now));
    if (allowed) return Math.min(...states.map(({ remaining }) => remaining));
    throw tooMany(retryAfterSeconds);
  };

  const queue = new JudgingQueue({
    crowded: () => tooMany(1),
    late: tooLate,
  });
  const peek = async (keys: ReturnType<typeof keysOf>, now: Date): Promise<ReadonlyMap<string, number>> =>
    new Map([
      [keys.failures, await ask('peek', 'failures', keys.failures, now)],
      [keys.accountFailures, await ask('peek', 'accountFailures', keys.accountFailures, now)],
    ]);

  return {
    async admit(address, now) {
      await ask('take', 'requests', keysOf(address, '').requests, now);
    },
    async judge(address, login, now, work) {
      const keys = keysOf(address, login);
      let looked: ReadonlyMap<string, number> | undefined;
      let rooms: ReadonlyMap<string, number> = new Map();
      await queue.begin({
        stale: () => looked === undefined,
        async refresh() {
          looked = await peek(keys, now);
        },
        rooms() {
          rooms = looked ?? rooms;
          // Who has to wait looks again when it is over.
          looked = undefined;
          return rooms;
        },
      });
      try {
        if (await judgedInTime(work())) {
          await peek(keys, now);
          return;
        }
        await ask('take', 'failures', keys.failures, now);
        await ask('take', 'accountFailures', keys.accountFailures, now);
      } finally {
        queue.end([...rooms.keys()]);
      }
    },
  };
}

function tooMany(seconds: number): SallyportError {
  return new SallyportError('too_many_requests', { headers: { 'Retry-After': String(seconds) } });
}
