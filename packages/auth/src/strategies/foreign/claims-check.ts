import { ConfigurationError } from '@sallyport/core';
import { refusedFor } from '../bearer-fault.ts';
import type { ForeignClaims } from './foreign-caller.ts';

/**
 * The names of an audience, of which a token must have one.
 *
 * @throws ConfigurationError that says `wanted` when there are none, whatever the types say
 */
export function audiencesOf(place: string, audience: unknown, wanted: string): readonly string[] {
  const names: readonly unknown[] = [audience].flat();
  if (names.length > 0 && names.every((name): name is string => typeof name === 'string' && name !== '')) return names;
  throw new ConfigurationError(place, wanted);
}

/** Whether the claim, a text or a list of texts, has one of ours (R41). */
export function isForUs(aud: unknown, audiences: readonly string[]): boolean {
  const named: unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.every((one) => typeof one === 'string') && named.some((one) => audiences.includes(one as string));
}

/** A whole number of seconds that a Date can show (R42). @throws BearerFault `token_invalid` for another value */
export function timeIn(claims: ForeignClaims, name: 'exp' | 'iat' | 'nbf'): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 8_000_000_000_000)
    return value;
  throw refusedFor('claims');
}

/**
 * Refuses what is no access token that whoever bears it may use: ID, refresh and logout tokens (RFC 8725 section 3.11,
 * R40), which Keycloak and Hydra mark by a member of their own, and tokens that are bound to a key (`cnf`, RFC 7800),
 * as nobody here asks for the proof.
 *
 * @throws BearerFault `token_invalid`
 */
export function refuseOtherTokens(claims: ForeignClaims): void {
  const { typ, token_use: use, cnf, at_hash: atHash, c_hash: codeHash, events } = claims;
  if (cnf !== undefined) throw refusedFor('bound');
  const marked = [atHash, codeHash, events].some((value) => value !== undefined);
  if (marked || !isOneOf(typ, accessTypes) || !isOneOf(use, accessUses)) throw refusedFor('type');
}

const accessTypes = ['bearer', 'at+jwt', 'jwt'];
// Hydra and Amazon Cognito.
const accessUses = ['access_token', 'access'];

function isOneOf(value: unknown, names: readonly string[]): boolean {
  return value === undefined || (typeof value === 'string' && names.includes(value.toLowerCase()));
}
