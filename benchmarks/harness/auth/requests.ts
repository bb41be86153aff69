import type { Person } from '../../servers/auth/sallyport-api.ts';
import { authPaths, authScope } from '../../servers/shared/auth-wire.ts';

/** One request of a load, and the status that it must be answered with. */
export interface AuthRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
  /** Is given the body of the answer. */
  readonly answered?: (body: string) => void;
}

/** A token and the client that it was issued to. */
export interface Held {
  readonly person: Person;
  readonly token: string;
}

/** HTTP Basic as RFC 6749 section 2.3.1 wants it. */
export const basicOf = ({ clientId, secret }: Person): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`;

/** The headers of a form that a client sends. */
export const formHeaders = (person: Person): Record<string, string> => ({
  authorization: basicOf(person),
  'content-type': 'application/x-www-form-urlencoded',
});

/** The form of a grant of all that the client may have. */
export const grantBody = 'grant_type=client_credentials';

/** The same for one scope: node-oidc-provider grants none that is not asked for. */
const scopedGrantBody = `${grantBody}&scope=${encodeURIComponent(authScope)}`;

/** The token in the body of a grant. @throws when there is none */
export function tokenIn(body: string): string {
  const { access_token: token } = JSON.parse(body) as { access_token?: unknown };
  if (typeof token !== 'string') throw new Error(`no token in ${body.slice(0, 200)}`);
  return token;
}

export const grant = (person: Person, answered?: (body: string) => void): AuthRequest => ({
  method: 'POST',
  path: authPaths.token,
  headers: formHeaders(person),
  body: scopedGrantBody,
  status: 200,
  ...(answered === undefined ? {} : { answered }),
});

const get = (path: string, headers: Readonly<Record<string, string>>): AuthRequest => ({
  method: 'GET',
  path,
  headers,
  status: 200,
});

/** Asks the route that is open to all. */
export const unguarded = (): AuthRequest => get(authPaths.open, {});

/** Asks the same of the route that wants a token. */
export const guarded = ({ token }: Held): AuthRequest => get(authPaths.guarded, { authorization: `Bearer ${token}` });

const aboutToken = (path: string, { person, token }: Held): AuthRequest => ({
  method: 'POST',
  path,
  headers: formHeaders(person),
  body: `token=${token}`,
  status: 200,
});

/** A client that looks into its own token. */
export const introspect = (held: Held): AuthRequest => aboutToken(authPaths.introspect, held);

/** A client that ends its own token. */
export const revoke = (held: Held): AuthRequest => aboutToken(authPaths.revoke, held);
