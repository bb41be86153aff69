import { parseJson, SallyportError } from '@sallyport/core';
import { isKeyId } from '../../keys/key-ring.ts';
import { isCanonical, longestJwt } from '../../tokens/jwt-encoding.ts';
import { refusedFor } from '../bearer-fault.ts';
import type { ForeignClaims } from '../foreign/foreign-caller.ts';
import type { ForeignAlgorithm } from './remote-key.ts';

/** What a JWT says, before anything of it is proven. */
export interface ForeignJwtParts {
  readonly algorithm: ForeignAlgorithm;
  readonly kid: string | undefined;
  readonly claims: ForeignClaims;
}

/**
 * Reads header and claims: canonical base64url (R43), JSON without repeated members (RFC 7515 section 4), one of the
 * algorithms (R36), the right `typ` (R40), no extensions (R38). Key material in the header is never read (R39).
 *
 * @throws BearerFault `token_invalid`
 */
export function readForeignJwt(
  token: string,
  algorithms: readonly ForeignAlgorithm[],
  typ: 'at+jwt' | 'JWT',
): ForeignJwtParts {
  if (token.length > longestJwt || !isCanonical(token)) throw refusedFor('malformed');
  const [first = '', second = ''] = token.split('.');
  const header = readObject(first);
  const claims = readObject(second);
  const { alg, kid, crit, b64 } = header;
  const algorithm = algorithms.find((one) => one === alg);
  if (algorithm === undefined) throw refusedFor('algorithm');
  if (crit !== undefined || b64 !== undefined) throw refusedFor('extension');
  if (!isType(header.typ, typ)) throw refusedFor('type');
  // What cannot be the id of a key is the id of none.
  if (kid !== undefined && !isKeyId(kid)) throw refusedFor('key_unknown');
  return { algorithm, kid, claims };
}

function readObject(segment: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(Buffer.from(segment, 'base64url'));
    // The parser's objects have no prototype: what is read of them is their own (R46).
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ForeignClaims;
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
  }
  throw refusedFor('malformed');
}

/** `typ` in any case and with or without `application/` (RFC 7515 section 4.1.9). */
function isType(value: unknown, typ: 'at+jwt' | 'JWT'): boolean {
  if (value === undefined) return typ === 'JWT';
  return typeof value === 'string' && value.toLowerCase().replace(/^application\//, '') === typ.toLowerCase();
}
