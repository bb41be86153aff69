import { SallyportError } from '../errors/index.ts';
import type { AuthenticationRequest, AuthenticationStrategy } from '../plugin/strategy.ts';
import { holds, type Principal, type ScopeRequirement } from './principal.ts';

/**
 * Asks the strategies in order; the first that finds credentials of its kind decides.
 * @throws SallyportError `unauthenticated` with every strategy's challenge when none finds any
 */
export async function authenticate(
  strategies: readonly AuthenticationStrategy[],
  request: AuthenticationRequest,
): Promise<Principal> {
  for (const strategy of strategies) {
    const found = strategy.authenticate(request);
    const principal = found instanceof Promise ? await found : found;
    if (principal !== undefined) return principal;
  }
  const challenges = strategies.flatMap(({ challenge }) => (challenge === undefined ? [] : [challenge]));
  throw new SallyportError('unauthenticated', {
    detail: 'Send an access token in the Authorization header.',
    headers: challenges.length === 0 ? {} : { 'www-authenticate': challenges.join(', ') },
  });
}

/** @throws SallyportError `insufficient_scope` (RFC 6750 section 3.1) naming what is lacking */
export function authorise(
  principal: Principal,
  requirement: ScopeRequirement,
  strategies: readonly AuthenticationStrategy[],
): void {
  if (holds(principal, requirement)) return;
  const [scope] = requirement;
  const strategy = 'strategy' in principal ? strategies.find(({ name }) => name === principal.strategy) : undefined;
  const bearer = strategy?.challenge?.startsWith('Bearer') === true ? strategy.challenge : undefined;
  const parameters = `error="insufficient_scope", scope="${scope}"`;
  throw new SallyportError('insufficient_scope', {
    detail: `This needs the scope ${scope}.`,
    facts: { scope },
    ...(bearer === undefined
      ? {}
      : {
          headers: {
            'www-authenticate': bearer.includes('=') ? `${bearer}, ${parameters}` : `${bearer} ${parameters}`,
          },
        }),
  });
}
