import type { HeaderDefinition, OutgoingResponse, RateDecision, RateState } from '@sallyport/core';
import type { LimitHeaders } from './options.ts';

/** The name of a window in headers. */
const windowNames = new Map([
  [60, 'minute'],
  [86_400, 'day'],
]);

const nameOf = ({ windowSeconds }: RateState): string => windowNames.get(windowSeconds) ?? `${windowSeconds}s`;

/**
 * Sets the headers that tell a caller how it stands: its own counts and nothing of others' (R70). Those named
 * `RateLimit` are structured fields (RFC 9651) after draft-ietf-httpapi-ratelimit-headers-11: lists of strings, `q` the
 * quota, `w` its window, `r` what is left, `t` seconds until there is more (R69). A refusal names the limits that refuse
 * alone, so that `t` and `Retry-After` tell one time.
 */
export function setLimitHeaders(
  response: OutgoingResponse,
  { allowed, retryAfterSeconds, states }: RateDecision,
  kinds: readonly LimitHeaders[],
): void {
  const nearest = allowed ? scarcest(states) : refusing(states, retryAfterSeconds);
  if (kinds.includes('RateLimit')) {
    const policies = states.map((state) => `"${nameOf(state)}";q=${state.limit};w=${state.windowSeconds}`);
    const left = (allowed ? states : [nearest]).map(
      (state) => `"${nameOf(state)}";r=${state.remaining};t=${state.resetSeconds}`,
    );
    response.setHeader('ratelimit-policy', policies.join(', '));
    response.setHeader('ratelimit', left.join(', '));
  }
  if (kinds.includes('X-RateLimit')) {
    response.setHeader('x-ratelimit-limit', String(nearest.limit));
    response.setHeader('x-ratelimit-remaining', String(nearest.remaining));
    response.setHeader('x-ratelimit-reset', String(nearest.resetSeconds));
  }
}

/** The state with the least left. */
function scarcest(states: readonly RateState[]): RateState {
  const [first, ...rest] = states;
  if (first === undefined) throw new TypeError('a limiter answers one state for each rule');
  return rest.reduce((least, state) => (state.remaining < least.remaining ? state : least), first);
}

/** The state that a refused call has to wait for, told with that wait. */
function refusing(states: readonly RateState[], retryAfterSeconds: number): RateState {
  const state = states.find(({ resetSeconds }) => resetSeconds === retryAfterSeconds) ?? scarcest(states);
  return { ...state, resetSeconds: retryAfterSeconds };
}

const count = { type: 'integer', minimum: 0 };

/** What documents say of the headers. */
export const headerDefinitions: Readonly<Record<LimitHeaders, Readonly<Record<string, HeaderDefinition>>>> = {
  RateLimit: {
    RateLimit: {
      description: 'What is left of each limit (`r`), and seconds until there is more (`t`): `"minute";r=50;t=30`.',
      schema: { type: 'string' },
    },
    'RateLimit-Policy': {
      description: 'The limits: points (`q`) within seconds (`w`): `"minute";q=60;w=60`.',
      schema: { type: 'string' },
    },
  },
  'X-RateLimit': {
    'X-RateLimit-Limit': { description: 'Points of the limit that is nearest.', schema: count },
    'X-RateLimit-Remaining': { description: 'How many of them are left.', schema: count },
    'X-RateLimit-Reset': { description: 'Seconds until there is more.', schema: count },
  },
};
