import { createHash, randomBytes } from 'node:crypto';
import {
  apiError,
  type BearerFault,
  type BearerFaultKind,
  bearer,
  type ClientStore,
  clients,
  createSecretHasher,
  type JwtTokenOptions,
  jwtTokens,
  type SecretHasher,
  type TokenFault,
  type TokenFaultCode,
  tokenEndpoint,
} from '@sallyport/auth';
import type { Plugin, RateLimiter, Services } from '@sallyport/core';
import { fault, type OpenSppErrorCode } from './errors.ts';

/** What tokens and clients are checked with. */
export interface AuthenticationOptions {
  /** Signs and checks tokens; a weak or missing one makes every such call fail (contract §3.4). */
  readonly jwtSecret: string | undefined;
  /** What client secrets are hashed with, {@link openSppHasher}. */
  readonly peppers: readonly string[];
  readonly tokenLifetimeSeconds: number;
  readonly perMinute: number;
  readonly perDay: number;
  /** Counts token requests in sliding windows (contract §3.5). */
  readonly limiter: RateLimiter;
  readonly clients: (services: Services) => ClientStore;
}

const day = 86_400;

/** An id of a pepper for the hashes made with it: they tell which one they need. */
const pepperId = (pepper: string): string => createHash('sha256').update(`pepper\0${pepper}`).digest('hex').slice(0, 8);

/**
 * Client secrets are kept as OpenSPP keeps them: `$scrypt$salt$hash` (contract §4.1). With peppers, new ones are keyed with
 * the first of them besides, and those keyed with the others go on matching.
 */
export function openSppHasher(peppers: readonly string[]): SecretHasher {
  const [first] = peppers;
  // The hasher wants a key; no hash of this API is made with this one.
  const unused = { current: 'none', keys: { none: randomBytes(32) } };
  if (first === undefined) return createSecretHasher({ peppers: unused, scheme: 'openspp' });
  const keys = Object.fromEntries(peppers.map((pepper) => [pepperId(pepper), pepper]));
  return createSecretHasher({ peppers: { current: pepperId(first), keys }, pepperImports: true, scheme: 'openspp' });
}

/** The claims and rules of contract §3.2. What the token says of scopes is not trusted: the client's own count. */
function tokenOptions({ jwtSecret, tokenLifetimeSeconds }: AuthenticationOptions): JwtTokenOptions {
  return {
    algorithm: 'HS256',
    key: jwtSecret,
    whenKeyUnusable: 'fail-calls',
    issuer: 'openspp-api-v2',
    audience: 'openspp',
    lifetimeSeconds: tokenLifetimeSeconds,
    maxLifetimeSeconds: Math.max(tokenLifetimeSeconds, day),
    typ: 'JWT',
    requireClaims: ['iss', 'aud', 'exp'],
    clockToleranceSeconds: 0,
    scopeClaim: 'scopes',
    scopesFrom: 'client',
    epoch: false,
  };
}

const bearerCodes: Readonly<Record<BearerFaultKind, OpenSppErrorCode>> = {
  malformed: 'token_invalid',
  token_invalid: 'token_invalid',
  token_expired: 'token_expired',
  token_client_missing: 'token_client_missing',
  client_unknown: 'client_unknown',
  key_unusable: 'server_not_configured',
};

const tokenCodes: Readonly<Partial<Record<TokenFaultCode, OpenSppErrorCode>>> = {
  request_malformed: 'token_request_unreadable',
  credentials_missing: 'token_request_unreadable',
  credentials_invalid: 'credentials_invalid',
  grant_type_missing: 'grant_type_unsupported',
  grant_type_unsupported: 'grant_type_unsupported',
  grant_type_not_allowed: 'grant_type_unsupported',
  api_not_allowed: 'credentials_invalid',
  too_many_requests: 'too_many_token_requests',
  token_not_issued: 'token_not_issued',
};

/** The token endpoint and the bearer tokens of the API (contract §3). */
export function authentication(options: AuthenticationOptions): readonly Plugin[] {
  const tokens = jwtTokens(tokenOptions(options));
  return [
    clients({ store: options.clients, hasher: openSppHasher(options.peppers) }),
    tokenEndpoint({
      tokens,
      path: '/oauth/token',
      credentials: {
        ways: ['basic', 'form', 'json'],
        multiple: 'form-over-basic',
        absentGrantType: 'assume-without-body',
        basicEncoding: 'either',
      },
      limits: { perMinute: options.perMinute, perDay: options.perDay, counts: 'readable' },
      scopeParameter: 'ignore',
      tags: ['OAuth'],
      errors: (error: TokenFault) =>
        error.code === 'unavailable'
          ? apiError(error)
          : fault(tokenCodes[error.code] ?? 'internal_error', {}, { cause: error.cause }),
      limiter: options.limiter,
    }),
    bearer({
      tokens: [tokens],
      realm: false,
      schemeless: true,
      faults: (error: BearerFault) => fault(bearerCodes[error.kind], {}, { cause: error.cause }),
      scheme: {
        name: 'oauth2',
        definition: {
          type: 'oauth2',
          flows: { clientCredentials: { tokenUrl: '/api/v2/spp/oauth/token', scopes: {} } },
        },
      },
    }),
  ];
}
