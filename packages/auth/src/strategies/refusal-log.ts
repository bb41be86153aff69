import { type AuthenticationRequest, LoggerService, limiterKey } from '@sallyport/core';
import { Repetitions } from '../audit/repetitions.ts';
import { hintsOf } from '../tokens/jwt-hints.ts';
import type { BearerFault, RefusalReason } from './bearer-fault.ts';
import type { AnyVerifier } from './verifier-order.ts';

/** How many refusals of one kind of token for one reason are told in a minute. */
const mostAlike = 10;

/**
 * Makes what tells the API's log why tokens of other servers were refused: by fixed words and by names that stand in the
 * configuration, never by a part of a token. Refusals of our own tokens are not told.
 *
 * @param strategy name of the strategy that asks
 */
export function refusalLog(
  strategy: string,
): (request: AuthenticationRequest, verifier: AnyVerifier | undefined, fault: BearerFault) => void {
  const repetitions = new Repetitions(mostAlike);
  return ({ head, now, services }, verifier, fault) => {
    const foreign = verifier !== undefined && 'knows' in verifier ? verifier : undefined;
    if (verifier !== foreign) return;
    const reason = fault.reason ?? (foreign === undefined ? undefined : fault.kind);
    if (reason === undefined || !services.has(LoggerService)) return;
    const tokens = foreign?.name;
    const leftOut = repetitions.tell(`${tokens}\0${reason}`, now);
    if (leftOut === undefined) return;
    const refusal = {
      strategy,
      ...(tokens === undefined ? {} : { tokens }),
      reason,
      network: limiterKey(head.clientAddress),
      ...(leftOut === 0 ? {} : { leftOut }),
    };
    services.resolve(LoggerService).info({ auth: refusal }, 'a token was refused');
  };
}

/** Why no verifier knows a token: it names an issuer that is none of theirs, or nothing about it is known. */
export function whyUnknown(token: string, longest: number, verifiers: readonly AnyVerifier[]): RefusalReason {
  if (token.length > longest) return 'malformed';
  const named = hintsOf(token)?.iss;
  return typeof named === 'string' && !verifiers.some(({ issuer }) => issuer === named) ? 'issuer' : 'unrecognised';
}
