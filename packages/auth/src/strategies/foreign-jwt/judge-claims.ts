import { givenTexts } from '../../lib/given.ts';
import { inRange } from '../../lib/range.ts';
import { refusedFor } from '../bearer-fault.ts';
import { isCallerId } from '../caller-guard.ts';
import { audiencesOf, isForUs, refuseOtherTokens, timeIn } from '../foreign/claims-check.ts';
import type { ForeignClaims } from '../foreign/foreign-caller.ts';
import type { ForeignJwtOptions } from './foreign-jwt.ts';

/** What is left to know of claims that hold, if only they are signed. */
export interface JudgedClaims {
  readonly jti: string | undefined;
  readonly issuedAt: Date;
  /** Milliseconds; the tolerance is in it. */
  readonly until: number;
}

/**
 * Makes what judges claims: issuer, audience, times, required claims, and that it is an access token at all (R40 to
 * R42, R46). Whether the token has expired is left to the caller, who tells it of signed tokens only.
 *
 * @throws ConfigurationError for options out of range; the function throws BearerFault `token_invalid`
 */
export function claimJudge(
  place: string,
  options: ForeignJwtOptions,
): (claims: ForeignClaims, now: Date) => JudgedClaims {
  const { issuer } = options;
  const requireClaims = givenTexts(`${place}.requireClaims`, options.requireClaims ?? ['sub']);
  const audiences = audiencesOf(`${place}.audience`, options.audience, 'must name this API');
  const longest = inRange(`${place}.maxLifetimeSeconds`, options.maxLifetimeSeconds ?? 3600, 60, 86_400);
  const tolerance = inRange(`${place}.clockToleranceSeconds`, options.clockToleranceSeconds ?? 5, 0, 30);

  return (claims, now) => {
    const { iss, aud, sub, jti } = claims;
    if (iss !== issuer) throw refusedFor('issuer');
    if (!isForUs(aud, audiences)) throw refusedFor('audience');
    refuseOtherTokens(claims);
    const exp = timeIn(claims, 'exp');
    const iat = timeIn(claims, 'iat');
    const nbf = timeIn(claims, 'nbf') ?? 0;
    const complete = requireClaims.every((name) => claims[name] !== undefined && claims[name] !== '');
    const named = [sub, jti].every((one) => one === undefined || isCallerId(one));
    if (exp === undefined || iat === undefined || !complete || !named) throw refusedFor('claims');
    const latest = Math.floor(now.getTime() / 1000) + tolerance;
    if (iat > latest || nbf > latest) throw refusedFor('not_yet_valid');
    if (iat >= exp || exp - iat > longest) throw refusedFor('lifetime');
    return {
      jti: typeof jti === 'string' ? jti : undefined,
      issuedAt: new Date(iat * 1000),
      until: (exp + tolerance) * 1000,
    };
  };
}
