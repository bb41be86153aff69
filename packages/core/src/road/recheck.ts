import { isDeepStrictEqual } from 'node:util';
import { SallyportError } from '../errors/index.ts';
import type { AuthenticationStrategy } from '../plugin/strategy.ts';
import type { Clock } from '../services/index.ts';
import { authenticate, authorise } from './authenticate.ts';
import type { Principal } from './principal.ts';
import type { Progress } from './progress.ts';

/** Milliseconds that a judgement of who calls holds for, while an answer is being sent. */
const HOLDS = 1000;

/**
 * Judges a caller anew while its answer is being sent: by the same strategies, for the same route, no oftener than each
 * second. A caller who is shown other things by now is refused too, since the answer was made for the one that it was.
 * `undefined` where there is nobody to judge: the route is open, or the answer is not an operation's.
 *
 * The function throws what the strategies throw; SallyportError `insufficient_scope`, `forbidden`.
 */
export function recheckOf(
  { call, route, started }: Progress,
  strategies: readonly AuthenticationStrategy[],
  clock: Clock,
): (() => Promise<void>) | undefined {
  if (call === undefined || route === undefined || route.requirement.open) return undefined;
  const { head, services, principal } = call;
  const resource = route.route.subject?.resource.name;
  let judged = started;
  return async () => {
    const now = performance.now();
    if (now - judged < HOLDS) return;
    const found = await authenticate(strategies, { head, resource, now: clock.now(), services });
    authorise(found, route.requirement, strategies);
    if (!isDeepStrictEqual(rightsOf(found), rightsOf(principal))) {
      throw new SallyportError('forbidden', { detail: 'What this caller may see has changed.' });
    }
    judged = now;
  };
}

/** What an answer depends on of its caller: all but how often it may call. */
function rightsOf(principal: Principal): unknown {
  if (!('id' in principal)) return principal;
  const { kind, id, scopes, granted, fieldLists, strategy, attributes } = principal;
  return { kind, id, scopes, granted, fieldLists, strategy, attributes };
}
