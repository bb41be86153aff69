import {
  type CallContext,
  type CallerPrincipal,
  ConfigurationError,
  limiterKey,
  type Plugin,
  type Principal,
  type RateDecision,
  type RateLimiter,
  RateLimiterService,
  type RateRule,
  SallyportError,
} from '@sallyport/core';
import { headerDefinitions, setLimitHeaders } from './headers.ts';
import { type CallLimits, isCount, type RateLimitOptions, readyOptions } from './options.ts';

/** What the plugin keeps of a call. */
interface Account {
  /** The last answer of the limiter; absent when nothing was counted yet. */
  decision: RateDecision | undefined;
  readonly take: (points: number) => Promise<RateDecision>;
}

const accountOf = Symbol('sallyport.rateLimit');

/**
 * Limits how often callers call (SECURITY 4.6): verified clients and users each by themselves, calls without credentials
 * by their network (an IPv4 address, the /64 of an IPv6 one). It stands behind authentication, so a made-up token never
 * counts for anybody; a good one counts wherever it is sent. What goes over is refused with 429 and `Retry-After`.
 *
 * @example rateLimit({ perMinute: 120, perDay: 50_000, cost: { operations: { create: 5 } }, headers: ['RateLimit'] })
 * @throws ConfigurationError for limits and weights that are no numbers, and without a limiter
 * @see docs/guides/limits.md
 */
export function rateLimit(options: RateLimitOptions = {}): Plugin {
  const { limits, network, limitsOf, cost, headers } = readyOptions(options);
  const networkRules = network && rulesOf(network);
  const rules = new WeakMap<CallerPrincipal, readonly RateRule[]>();
  let limiter: RateLimiter | undefined = options.limiter;

  const rulesFor = (principal: CallerPrincipal): readonly RateRule[] => {
    let its = rules.get(principal);
    if (its === undefined) {
      const { perMinute, perDay } = limitsOf(principal) ?? {};
      its = rulesOf({
        ...limits,
        ...(isCount(perMinute) ? { perMinute } : {}),
        ...(isCount(perDay) ? { perDay } : {}),
      });
      rules.set(principal, its);
    }
    return its;
  };
  /** What a call is counted under, and by which rules; none where it is not limited. */
  const bucketOf = ({ api, principal, head }: CallContext): { key: string; by: readonly RateRule[] } | undefined => {
    if (principal.kind === 'system') return undefined;
    if (isOneCaller(principal)) return { key: `api:${api}:${principal.kind}:${principal.id}`, by: rulesFor(principal) };
    return networkRules && { key: `api:${api}:network:${limiterKey(head.clientAddress)}`, by: networkRules };
  };

  return {
    name: 'rate-limit',
    documentation: {
      covers: network === undefined ? 'guarded' : 'all',
      headers: Object.assign({}, ...headers.map((kind) => headerDefinitions[kind])),
      responses: {
        429: {
          description: 'Too many calls. `Retry-After` tells the seconds to wait.',
          headers: {
            'Retry-After': {
              description: 'Seconds until the call may be made again.',
              schema: { type: 'integer', minimum: 1 },
              required: true,
            },
          },
        },
      },
    },
    async start(_plan, { services }) {
      if (limiter === undefined && !services.has(RateLimiterService)) {
        const message =
          'needs a limiter: pass one (createMemoryRateLimiter() of @sallyport/auth), or register RateLimiterService';
        throw new ConfigurationError('plugins.rateLimit.limiter', message);
      }
      limiter ??= services.resolve(RateLimiterService);
      await limiter.ready?.();
    },
    hooks: {
      async admit(call) {
        const bucket = bucketOf(call);
        if (limiter === undefined || bucket === undefined) return;
        const { key, by } = bucket;
        const counter = limiter;
        // An entry of a bundle is counted for the caller of the bundle, whose headers tell how it stands afterwards.
        const account: Account = (call.outer?.state.get(accountOf) as Account | undefined) ?? {
          decision: undefined,
          take: (points) => counter.take(key, by, call.now, points),
        };
        call.state.set(accountOf, account);
        await spend(call, cost.ofAddress(call));
      },
      decoded: (call) => (call.body.kind === 'none' ? undefined : spend(call, cost.ofBody(call))),
      onResponse(response, _request, call) {
        const decision = (call?.state.get(accountOf) as Account | undefined)?.decision;
        if (decision !== undefined) setLimitHeaders(response, decision, headers);
      },
    },
  };
}

/**
 * Counts more points for a call that turns out to cost more than its address tells: the items of a bulk body, the
 * entries of a bundle. Does nothing where the plugin is not, or the caller is not limited.
 *
 * @throws SallyportError `too_many_requests` with `Retry-After`, `unavailable` when the limiter does not answer
 */
export async function spend(call: CallContext, points: number): Promise<void> {
  // Only this module keeps anything under the symbol.
  const account = call.state.get(accountOf) as Account | undefined;
  if (!Number.isFinite(points)) throw new RangeError('the cost of a call is a number of points');
  if (account === undefined || points <= 0) return;
  try {
    account.decision = await account.take(Math.ceil(points));
  } catch (cause) {
    // Not reachable is not "not limited" (SECURITY 1.10).
    throw new SallyportError('unavailable', { cause, headers: { 'retry-after': '5' } });
  }
  const { allowed, retryAfterSeconds } = account.decision;
  if (allowed) return;
  throw new SallyportError('too_many_requests', {
    detail: `Too many requests: try again in ${retryAfterSeconds} s.`,
    headers: { 'retry-after': String(retryAfterSeconds) },
    facts: { seconds: retryAfterSeconds },
  });
}

/** Whether a principal is one caller by itself, and no account that all the world runs as. */
function isOneCaller(principal: Exclude<Principal, { readonly kind: 'system' }>): principal is CallerPrincipal {
  return principal.kind !== 'anonymous' && principal.shared !== true;
}

function rulesOf({ perMinute, perDay }: CallLimits): readonly RateRule[] {
  return [
    ...(perMinute === undefined ? [] : [{ limit: perMinute, windowSeconds: 60 }]),
    ...(perDay === undefined ? [] : [{ limit: perDay, windowSeconds: 86_400 }]),
  ];
}
