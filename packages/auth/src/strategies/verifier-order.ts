import { ConfigurationError } from '@sallyport/core';
import { hintsOf } from '../tokens/jwt-hints.ts';
import type { TokenVerifier } from '../tokens/token.ts';
import type { CallerVerifier } from './verified-caller.ts';

/** A verifier of our own tokens, or of another server's. */
export type AnyVerifier = TokenVerifier | CallerVerifier;

/** Callers of another server that could pass for somebody else's of the same id. */
export const mixedIds = (): ConfigurationError =>
  new ConfigurationError(
    'bearer.tokens',
    'ids of another server may be those of callers of ours: give it an `idPrefix`, an empty one if they cannot be',
  );

const ranks: Readonly<Record<CallerVerifier['knows'], number>> = { issuer: 0, shape: 1, rest: 2 };

/**
 * Makes what finds the verifier of a token, the one that judges it. Who goes by the issuer that a token names is asked
 * before who goes by its shape, and who takes whatever is left is asked last, and never for a token that names the issuer
 * of another: so no token is judged by, or sent to, the wrong one.
 *
 * @throws ConfigurationError for no verifiers, another server with the issuer of somebody else, two that take whatever is
 * left, and for callers of another server whose ids could be those of somebody else's
 */
export function verifierChooser(verifiers: readonly AnyVerifier[]): (token: string) => AnyVerifier | undefined {
  if (verifiers.length === 0) {
    throw new ConfigurationError('bearer.tokens', 'must be a list of the kinds of token that are accepted');
  }
  const foreign = verifiers.filter((one) => 'knows' in one);
  const issuers = new Set(verifiers.flatMap(({ issuer }) => issuer ?? []));
  for (const one of foreign) {
    if (verifiers.some((other) => other !== one && one.issuer !== undefined && other.issuer === one.issuer)) {
      throw new ConfigurationError('bearer.tokens', 'two kinds of token are of one issuer');
    }
  }
  if (foreign.filter(({ knows }) => knows === 'rest').length > 1) {
    throw new ConfigurationError('bearer.tokens', 'two kinds take every token that no other knows: give them a prefix');
  }
  if (verifiers.length > 1 && foreign.some(({ idsApart }) => !idsApart)) {
    throw mixedIds();
  }
  // Sorting keeps the order of equals.
  const ordered = [...verifiers].sort((one, other) => rankOf(one) - rankOf(other));
  return (token) => {
    const verifier = ordered.find((one) => one.recognises(token));
    if (verifier === undefined || rankOf(verifier) < ranks.rest) return verifier;
    const named = hintsOf(token)?.iss;
    return typeof named === 'string' && issuers.has(named) ? undefined : verifier;
  };
}

function rankOf(verifier: AnyVerifier): number {
  return 'knows' in verifier ? ranks[verifier.knows] : ranks.shape;
}
