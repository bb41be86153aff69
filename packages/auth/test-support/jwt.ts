import { webcrypto } from 'node:crypto';
import { base64url } from 'jose';
import { createMemoryClientStore, type JwtTokenOptions, jwtTokens, type TokenService } from '../src/index.ts';
import { start, testSetup } from './calls.ts';
import { signingSecret, testClient, testHasher } from './clients.ts';

export const { client } = testClient(testHasher());
export const key = Buffer.from(signingSecret);
export const second = `${signingSecret}-another-one`;
export const now = Math.floor(start.getTime() / 1000);

export function arrange(options: Partial<JwtTokenOptions> = {}) {
  const clients = createMemoryClientStore([client]);
  const kind = jwtTokens({
    algorithm: 'HS256',
    key: signingSecret,
    issuer: 'tests',
    audience: 'api',
    clients,
    ...options,
  });
  const service = kind.connect(testSetup());
  const issue = async () => (await service.issue({ client, scopes: client.scopes, now: start })).token;
  return { clients, service, issue, judge: judgeOf(service) };
}

/** Makes what tells the client that a token stands for, or the kind of the fault. */
export function judgeOf({ verify }: Pick<TokenService, 'verify'>) {
  return async (token: string, at = start): Promise<string> => {
    try {
      return (await verify(token, at)).client.clientId;
    } catch (error) {
      const { kind, code } = error as { kind?: string; code?: string };
      return kind ?? code ?? String(error);
    }
  };
}

/** Headers that name extensions (RFC 7515 section 4.1.11), none of which is understood. */
export const extensionHeaders: readonly (readonly [Readonly<Record<string, unknown>>])[] = [
  [{ crit: ['exp'] }],
  [{ crit: ['b64'], b64: false }],
  [{ b64: false }],
  [{ crit: ['b64'], b64: true }],
  [{ crit: [] }],
  [{ crit: null }],
  [{ crit: ['kid'] }],
];

export const header = { alg: 'HS256', typ: 'at+jwt' };
export const claims = {
  iss: 'tests',
  aud: 'api',
  sub: client.clientId,
  client_id: client.clientId,
  jti: 'j-1',
  iat: now,
  exp: now + 600,
  scope: 'partner:read',
  epoch: 3,
};

/** Signs any text as a payload, under any header that jose will write. */
export async function sign(payload: string | object, change: Record<string, unknown> = {}, by: Uint8Array = key) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return raw(text, { ...header, ...change }, by);
}

/** Signs by hand what jose refuses to sign. */
export async function raw(payload: string, protectedHeader: object | string, by: Uint8Array = key): Promise<string> {
  const first = base64url.encode(
    typeof protectedHeader === 'string' ? protectedHeader : JSON.stringify(protectedHeader),
  );
  const input = `${first}.${base64url.encode(payload)}`;
  const hmac = await webcrypto.subtle.importKey('raw', by, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signature = await webcrypto.subtle.sign('HMAC', hmac, Buffer.from(input));
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}
