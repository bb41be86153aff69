import { SallyportError } from '../errors/index.ts';
import type { AuthenticationRequest, AuthenticationStrategy, RequestPrincipal } from '../plugin/strategy.ts';
import type { ScopeRequirement } from '../scopes/requirement.ts';
import { holds, lackingOf, type Principal } from './principal.ts';

/**
 * Finds out who calls. The strategy whose credentials the request carries decides alone; where it carries none that is
 * told of, strategies are asked in order.
 *
 * @throws SallyportError `malformed_request` for credentials of more than one strategy (RFC 6750 section 3.1),
 * `unauthenticated` with every strategy's challenge when nobody is found, `internal` when a strategy answers what no
 * request may be
 */
export async function authenticate(
  strategies: readonly AuthenticationStrategy[],
  request: AuthenticationRequest,
): Promise<RequestPrincipal> {
  const carried = carriedBy(strategies, request);
  for (const strategy of strategies) {
    if (carried === undefined ? strategy.carries !== undefined : strategy !== carried) continue;
    const found = strategy.authenticate(request);
    const principal = found instanceof Promise ? await found : found;
    if (principal !== undefined) return checked(principal, strategy);
  }
  const challenges = strategies.flatMap(({ challenge }) => (challenge === undefined ? [] : [challenge]));
  const token = challenges.length === 0 || challenges.some((challenge) => challenge.startsWith('Bearer'));
  throw new SallyportError('unauthenticated', {
    detail: token ? 'Send an access token in the Authorization header.' : 'Send credentials that this API takes.',
    headers: challenges.length === 0 ? {} : { 'www-authenticate': challenges.join(', ') },
  });
}

/** The one strategy that the request carries credentials for. */
function carriedBy(
  strategies: readonly AuthenticationStrategy[],
  { head }: AuthenticationRequest,
): AuthenticationStrategy | undefined {
  let carried: AuthenticationStrategy | undefined;
  for (const strategy of strategies) {
    if (strategy.carries?.(head) !== true) continue;
    if (carried !== undefined) {
      throw new SallyportError('malformed_request', { detail: 'Send credentials in one way, not in more than one.' });
    }
    carried = strategy;
  }
  return carried;
}

/** Whatever the types say: what a strategy answers becomes no more than a caller. */
function checked(principal: RequestPrincipal, { name }: AuthenticationStrategy): RequestPrincipal {
  const { kind } = principal;
  if (kind === 'client' || kind === 'user' || kind === 'anonymous') return principal;
  throw new SallyportError('internal', { cause: new TypeError(`the strategy ${name} answered no caller`) });
}

/**
 * Lets a caller through who holds what is required. A refusal asks for the scopes that would be enough, all of them in
 * the challenge (RFC 6750 section 3.1), and says which of them are lacking.
 *
 * @throws SallyportError `insufficient_scope` with the facts `scope` and `lacking`, names with spaces between them
 */
export function authorise(
  principal: Principal,
  requirement: ScopeRequirement,
  strategies: readonly AuthenticationStrategy[],
): void {
  if (holds(principal, requirement)) return;
  const { needed, lacking } = lackingOf(principal, requirement);
  const scope = needed.join(' ');
  const strategy = 'strategy' in principal ? strategies.find(({ name }) => name === principal.strategy) : undefined;
  const bearer = strategy?.challenge?.startsWith('Bearer') === true ? strategy.challenge : undefined;
  const parameters = `error="insufficient_scope", scope="${scope}"`;
  throw new SallyportError('insufficient_scope', {
    detail: detailOf(needed, lacking),
    facts: { scope, lacking: lacking.join(' ') },
    ...(bearer === undefined
      ? {}
      : {
          headers: {
            'www-authenticate': bearer.includes('=') ? `${bearer}, ${parameters}` : `${bearer} ${parameters}`,
          },
        }),
  });
}

/** What is needed in words, and what of it is lacking where that is not the whole. */
function detailOf(needed: readonly string[], lacking: readonly string[]): string {
  const listed = (names: readonly string[]) => names.join(' and ');
  if (needed.length === 1) return `This needs the scope ${listed(needed)}.`;
  const rest = lacking.length === needed.length ? '' : `; ${listed(lacking)} is lacking`;
  return `This needs the scopes ${listed(needed)}${rest}.`;
}
