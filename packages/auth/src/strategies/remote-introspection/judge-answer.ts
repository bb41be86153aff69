import { BearerFault } from '../bearer-fault.ts';
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
  if (active !== true) throw new BearerFault('token_invalid');
  const fromThere = iss === undefined || rules.issuer === undefined || iss === rules.issuer;
  const forUs = rules.audiences === undefined || isForUs(aud, rules.audiences);
  // Others need a proof that nobody asks for here (RFC 9449 section 7.1).
  const bearer = type === undefined || (typeof type === 'string' && type.toLowerCase() === 'bearer');
  const latest = Math.floor(now.getTime() / 1000) + rules.clockToleranceSeconds;
  const begun = [timeIn(answer, 'iat'), timeIn(answer, 'nbf')].every((time) => time === undefined || time <= latest);
  if (!fromThere || !forUs || !bearer || !begun) throw new BearerFault('token_invalid');
  refuseOtherTokens(answer);
  const exp = timeIn(answer, 'exp');
  if (exp === undefined) return undefined;
  if (exp * 1000 <= now.getTime()) throw new BearerFault('token_expired');
  return exp * 1000;
}
