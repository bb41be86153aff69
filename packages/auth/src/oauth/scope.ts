import { TokenFault } from './token-fault.ts';

/** `scope-token` of RFC 6749 section 3.3. */
const token = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const mostScopes = 100;

/**
 * The scopes to grant: those asked for, each of which the client must hold, or all it holds when none are asked for
 * (RFC 6749 section 3.3, R11). Nothing is dropped silently.
 *
 * @param holds whether the client holds a scope, also as a part of another; by its name when absent
 * @throws TokenFault `scope_invalid`
 */
export function grantedScopes(
  asked: string | undefined,
  held: readonly string[],
  holds: (scope: string) => boolean = (scope) => held.includes(scope),
): readonly string[] {
  if (asked === undefined) return held;
  const scopes = new Set(asked.split(' '));
  if (scopes.size > mostScopes) throw new TokenFault('scope_invalid');
  for (const scope of scopes) if (!token.test(scope) || !holds(scope)) throw new TokenFault('scope_invalid');
  return [...scopes];
}
