import { type Contender, sallyportOptions } from '../../contenders.ts';

/** The contender that ratios are against. */
export const authLimit = 'hand';

const sallyport = (name: string, about: string, env: Readonly<Record<string, string>>): Contender => ({
  name,
  file: 'servers/auth/sallyport.ts',
  nodeOptions: sallyportOptions,
  env,
  about,
});

/** The token servers that are measured side by side. */
export const tokenServers: readonly Contender[] = [
  {
    name: authLimit,
    file: 'servers/auth/hand.ts',
    about: 'Fastify 5 and pg by hand: find the client, HMAC of its secret, insert the digest of a token. The limit.',
  },
  sallyport('sallyport-opaque', 'Sallyport on node:http, opaque tokens in PostgreSQL.', { AUTH_TOKENS: 'opaque' }),
  sallyport('sallyport-jwt', 'The same with JWT by ES256; revoked ones are remembered in PostgreSQL.', {
    AUTH_TOKENS: 'jwt',
  }),
  {
    name: 'oidc-provider',
    file: 'servers/auth/oidc-provider.ts',
    about:
      'node-oidc-provider 9 (Koa 3), opaque tokens, a PostgreSQL adapter on pg by the contract of its documentation.',
  },
];

/** Who is refused, by the reason. Each is named as its client in the database is. */
export type Refusal = 'unknown' | 'wrong' | 'disabled' | 'expired';

export const refusals: readonly Refusal[] = ['unknown', 'wrong', 'disabled', 'expired'];

/** How secrets are stored in one of the deployments whose refusals are compared. */
export type Stored = 'hmac-sha256' | 'argon2id' | 'scrypt';

/** A deployment of Sallyport whose refusals are timed, or which is flooded. */
export interface Deployment {
  readonly title: string;
  /** How its clients' secrets are stored. */
  readonly stored: Stored;
  readonly server: Contender;
}

const deployment = (title: string, stored: Stored, env: Readonly<Record<string, string>>): Deployment => ({
  title,
  stored,
  server: sallyport(title, title, { AUTH_SCHEME: stored, ...env }),
});

/** Without the token endpoint's limits, which would answer 429 after thirty wrong secrets. */
export const timedDeployments: readonly Deployment[] = [
  deployment('keyed digests (HMAC-SHA-256)', 'hmac-sha256', {}),
  deployment('imported secrets only (argon2id)', 'argon2id', {}),
  deployment('imported secrets only (scrypt)', 'scrypt', {}),
  deployment('imported secrets beside keyed ones, `padFailures`', 'argon2id', {
    AUTH_SCHEME: 'hmac-sha256',
    AUTH_PADDED: 'yes',
  }),
];

/** With the limits that an endpoint has unless told otherwise. */
export const floodedDeployments: readonly Deployment[] = [
  deployment('keyed digests (HMAC-SHA-256)', 'hmac-sha256', { AUTH_LIMITED: 'yes' }),
  deployment('imported secrets only (argon2id)', 'argon2id', { AUTH_LIMITED: 'yes' }),
];
