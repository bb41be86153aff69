import { createHmac } from 'node:crypto';
import { type Answer, clientSecret, secrets, type TestApi } from '../../../testing/index.ts';

export const form = { 'content-type': 'application/x-www-form-urlencoded' };
export const credentials = { grant_type: 'client_credentials', client_id: 'full', client_secret: clientSecret };
export const fields = (more: Record<string, string>): string => new URLSearchParams(more).toString();
export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

/** A token request as it is given, without a token of its own. */
export const tokenRequest = (t: TestApi, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  t.send('POST', '/oauth/token', { body, headers, as: null });

/** A JWT signed by hand. */
export function sign(
  claims: object,
  secret = secrets.jwtSecret,
  header: object = { alg: 'HS256', typ: 'JWT' },
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Whether a JWT has been signed with this secret. */
export function isSignedWith(secret: string, token: string): boolean {
  const [head, payload, signature] = token.split('.');
  return createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url') === signature;
}

/** Head and payload of a JWT. */
export const partsOf = (token: string): readonly Readonly<Record<string, unknown>>[] =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));

/** The claims of a token that this API takes. */
export function claimsNow(): Readonly<Record<string, unknown>> {
  // Long enough that no machine is too slow for it.
  const now = Math.floor(Date.now() / 1000);
  const who = { sub: 'full', client_id: 'full', scopes: [] };
  return { iss: 'openspp-api-v2', aud: 'openspp', ...who, iat: now, exp: now + 3600 };
}
