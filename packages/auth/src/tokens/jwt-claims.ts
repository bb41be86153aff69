import { decodeJwt, type JWTPayload } from 'jose';
import { isClientId } from '../lib/text.ts';
import { BearerFault } from '../strategies/bearer-fault.ts';
import type { TokenClaims, TokenFacts } from './token.ts';

/** What a JWT says, after every claim was checked. */
export interface JwtFacts extends TokenFacts {
  readonly jti: string | undefined;
}

/** The rules for claims that go beyond what jose checks. */
export interface ClaimRules {
  readonly required: readonly string[];
  readonly scopeClaim: 'scope' | 'scopes';
  readonly epoch: boolean;
  readonly maxLifetimeSeconds: number;
  readonly clockToleranceSeconds: number;
}

/**
 * Reads the claims of a token whose signature, issuer, audience and expiry hold already. Only own properties count, and
 * only whole numbers of seconds (R42, R46).
 *
 * @throws BearerFault `token_invalid`; `token_client_missing` when everything else holds
 */
export function readClaims(payload: JWTPayload, rules: ClaimRules, now: Date): JwtFacts {
  for (const name of rules.required) {
    if (name !== 'client_id' && own(payload, name) === undefined) throw new BearerFault('token_invalid');
  }
  const exp = wholeNumber(own(payload, 'exp'));
  const iat = optional(payload, 'iat', wholeNumber);
  const nbf = optional(payload, 'nbf', wholeNumber);
  const present = Math.floor(now.getTime() / 1000);
  const latest = present + rules.clockToleranceSeconds;
  if (iat !== undefined && iat > latest) throw new BearerFault('token_invalid');
  if (nbf !== undefined && nbf > latest) throw new BearerFault('token_invalid');
  // Without `iat` the token may be as young as this moment, not younger.
  const age = exp - (iat ?? latest);
  if (age > rules.maxLifetimeSeconds || (iat !== undefined && age <= 0)) throw new BearerFault('token_invalid');

  const jti = optional(payload, 'jti', identifier);
  optional(payload, 'sub', identifier);
  const epoch = rules.epoch ? wholeNumber(own(payload, 'epoch')) : undefined;
  const scopes = readScopes(own(payload, rules.scopeClaim));

  const clientId = own(payload, 'client_id');
  if (clientId === undefined || clientId === null || clientId === '') throw new BearerFault('token_client_missing');
  if (typeof clientId !== 'string' || !isClientId(clientId)) throw new BearerFault('token_invalid');
  return { clientId, scopes, epoch, jti, expiresAt: new Date((exp + rules.clockToleranceSeconds) * 1000) };
}

/**
 * The registered claims (RFC 7519 section 4.1) of a token that was verified before, for introspection. `readClaims` and
 * jose have judged their types; what stands on a prototype is passed over (R46).
 */
export function tellClaims(token: string): TokenClaims {
  const payload = decodeJwt(token);
  const names = ['exp', 'iat', 'nbf', 'iss', 'aud', 'sub', 'jti'] as const;
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(payload, name) ? [[name, payload[name]]] : [])));
}

function own(payload: JWTPayload, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}

function optional<T>(payload: JWTPayload, name: string, read: (value: unknown) => T): T | undefined {
  const value = own(payload, name);
  return value === undefined ? undefined : read(value);
}

function wholeNumber(value: unknown): number {
  // Beyond this a Date cannot show it.
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 8_000_000_000_000)
    return value;
  throw new BearerFault('token_invalid');
}

function identifier(value: unknown): string {
  if (typeof value === 'string' && isClientId(value)) return value;
  throw new BearerFault('token_invalid');
}

function readScopes(value: unknown): readonly string[] {
  if (value === undefined || value === '') return [];
  const scopes: unknown = typeof value === 'string' ? value.split(' ') : value;
  if (Array.isArray(scopes) && scopes.every((scope): scope is string => typeof scope === 'string' && scope !== '')) {
    return scopes;
  }
  throw new BearerFault('token_invalid');
}
