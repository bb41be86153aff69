import { refusedFor } from '../bearer-fault.ts';
import { isForUs, refuseOtherTokens, timeIn } from '../foreign/claims-check.ts';
import type { ForeignClaims } from '../foreign/foreign-caller.ts';

/** What an answer is judged by. */
export interface AnswerRules {
  /** Checked where the answer names one. */
  readonly issuer: string | undefined;
  /** The answer must name one of these; not asked when `undefined`. */
  readonly audiences: readonly string[] | undefined;
  readonly clockToleranceSeconds: number;
}

/**
 * Judges the answer of an introspection endpoint (RFC 7662 section 2.2). Only `"active": true` is a yes; what it says
 * besides must hold as well, as servers differ in what they check.
 *
 * @returns when the token expires, in milliseconds; `undefined` where the answer does not say
 * @throws BearerFault `token_invalid`, `token_expired`
 */
export function judgeAnswer(answer: ForeignClaims, rules: AnswerRules, now: Date): number | undefined {
  const { active, iss, aud, token_type: type } = answer;
  if (active !== true) throw refusedFor('inactive');
  if (iss !== undefined && rules.issuer !== undefined && iss !== rules.issuer) throw refusedFor('issuer');
  if (rules.audiences !== undefined && !isForUs(aud, rules.audiences)) throw refusedFor('audience');
  // Others need a proof that nobody asks for here (RFC 9449 section 7.1).
  const bearer = type === undefined || (typeof type === 'string' && type.toLowerCase() === 'bearer');
  if (!bearer) throw refusedFor('type');
  refuseOtherTokens(answer);
  const latest = Math.floor(now.getTime() / 1000) + rules.clockToleranceSeconds;
  const begun = [timeIn(answer, 'iat'), timeIn(answer, 'nbf')].every((time) => time === undefined || time <= latest);
  if (!begun) throw refusedFor('not_yet_valid');
  const exp = timeIn(answer, 'exp');
  if (exp === undefined) return undefined;
  if (exp * 1000 <= now.getTime()) throw refusedFor('expired');
  return exp * 1000;
}
