import {
  definePlugin,
  type Outcome,
  type Plugin,
  type PluginSetup,
  type RouteCall,
  SallyportError,
} from '@sallyport/core';
import { authenticateClient } from '../clients/authenticate-client.ts';
import { type ClientStore, ClientStoreService } from '../clients/client.ts';
import { type SecretHasher, SecretHasherService } from '../clients/secret-hasher.ts';
import { withHeaders } from '../lib/text.ts';
import { createMemoryRateLimiter } from '../limits/memory.ts';
import { type RateLimiter, RateLimiterService } from '../limits/rate-limiter.ts';
import type { IssuedToken, TokenGrant, TokenIssuer, TokenKind } from '../tokens/token.ts';
import { type CredentialOptions, readTokenRequest, type TokenRequest } from './credentials.ts';
import { tokenResponses } from './documentation.ts';
import { grantedScopes } from './scope.ts';
import { faultHeaders, TokenFault, uncached } from './token-fault.ts';
import { defaultTokenLimits, type TokenLimits, type TokenRateLimit, tokenLimits } from './token-limits.ts';

export interface TokenEndpointOptions {
  /** The kind of token it issues. */
  readonly tokens: TokenKind;
  /** Below the API's base path; default `/oauth/token`. */
  readonly path?: string;
  /** The name of plugin and route; default `oauth.token`. An API with two token endpoints names one of them. */
  readonly name?: string;
  /** How credentials may be sent; strictly by RFC 6749 when absent. */
  readonly credentials?: CredentialOptions;
  /** Default {@link defaultTokenLimits}; `false` for none (R17 then has to be met elsewhere). */
  readonly limits?: TokenRateLimit | readonly TokenRateLimit[] | false;
  /** Default: the service `RateLimiterService`, else one in memory. */
  readonly limiter?: RateLimiter;
  /** Default: the service `ClientStoreService`. */
  readonly clients?: ClientStore;
  /** Default: the service `SecretHasherService`. */
  readonly hasher?: SecretHasher;
  /** Realm of the Basic challenge; the API's name when absent. */
  readonly realm?: string;
  /** Refuses requests that did not come over TLS (RFC 6749 section 3.2, R18); default false. */
  readonly requireTls?: boolean;
  /** `subset` (default): the parameter `scope` chooses among the client's scopes. `ignore`: it is not read. */
  readonly scopeParameter?: 'subset' | 'ignore';
  /** Errors in the API's own envelope instead of OAuth's shape. Headers that the fault needs are added. */
  readonly errors?: (fault: TokenFault) => Error;
  /** For documents. */
  readonly tags?: readonly string[];
}

/**
 * A token endpoint for the grant `client_credentials` (RFC 6749 section 4.4). Success is
 * `{access_token, token_type, expires_in, scope}`, an error `{error, error_description}`; neither is ever cached.
 *
 * @example tokenEndpoint({ tokens: opaqueTokens(), requireTls: true })
 */
export function tokenEndpoint(options: TokenEndpointOptions): Plugin {
  const name = options.name ?? 'oauth.token';
  return definePlugin({
    name,
    routes: (_plan, setup) => {
      const endpoint = connect(name, options, setup);
      return [
        {
          method: 'POST',
          path: options.path ?? '/oauth/token',
          name,
          scope: 'public',
          body: { kinds: ['any'], limit: 8192 },
          envelope: options.errors === undefined ? 'none' : 'api',
          summary: 'Issue an access token',
          description: 'Issues an access token to a client application (grant type `client_credentials`).',
          tags: options.tags ?? ['oauth'],
          responses: tokenResponses(options.errors === undefined),
          handle: (call) => answer(call, endpoint),
        },
      ];
    },
  });
}

interface Endpoint {
  readonly clients: ClientStore;
  readonly hasher: SecretHasher;
  readonly issuer: TokenIssuer;
  readonly limits: TokenLimits;
  readonly realm: string;
  readonly options: TokenEndpointOptions;
}

function connect(name: string, options: TokenEndpointOptions, setup: PluginSetup): Endpoint {
  const { services } = setup;
  const limits = options.limits === false ? [] : [options.limits ?? defaultTokenLimits].flat();
  const limiter =
    options.limiter ??
    (services.has(RateLimiterService) ? services.resolve(RateLimiterService) : createMemoryRateLimiter());
  return {
    clients: options.clients ?? services.resolve(ClientStoreService),
    hasher: options.hasher ?? services.resolve(SecretHasherService),
    issuer: options.tokens.connect(setup),
    limits: tokenLimits(name, limits, limiter),
    realm: options.realm ?? setup.api.name,
    options,
  };
}

async function answer(call: RouteCall, endpoint: Endpoint): Promise<Outcome> {
  try {
    return raw(200, await grant(call, endpoint), uncached);
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    if (fault.status >= 500) call.log.error({ err: fault.cause }, fault.description);
    const headers = faultHeaders(fault, endpoint.realm, call.head.headers.authorization !== undefined);
    if (endpoint.options.errors !== undefined) throw withHeaders(endpoint.options.errors(fault), headers);
    return raw(fault.status, { error: fault.error, error_description: fault.description }, headers);
  }
}

async function grant(call: RouteCall, endpoint: Endpoint): Promise<Record<string, string | number>> {
  const { options, limits } = endpoint;
  const { head, now } = call;
  if (options.requireTls && !head.secure) throw new TokenFault('tls_required');

  const request = await readTokenRequest(head.headers.authorization, call.body, options.credentials);
  await limits.admit(head.clientAddress, now);
  if (request.grantType === undefined) throw new TokenFault('grant_type_missing');
  if (request.grantType !== 'client_credentials') throw new TokenFault('grant_type_unsupported');

  const known =
    (await authenticated(request, endpoint, now)) ??
    (request.decoded && (await authenticated(request.decoded, endpoint, now)));
  if (known === undefined) {
    await limits.failed(head.clientAddress, now);
    throw new TokenFault('credentials_invalid');
  }
  await limits.succeeded(head.clientAddress, now);

  const { client, secretId } = known;
  if (!(client.grantTypes ?? ['client_credentials']).includes('client_credentials')) {
    throw new TokenFault('grant_type_not_allowed');
  }
  const scopes = grantedScopes(options.scopeParameter === 'ignore' ? undefined : request.scope, client.scopes);
  const issued = await issue(endpoint.issuer, { client, scopes, now });
  try {
    await endpoint.clients.recordUse?.(client.clientId, now, secretId);
  } catch (error) {
    call.log.warn({ err: error }, 'The use of a client could not be recorded.');
  }
  return {
    access_token: issued.token,
    token_type: 'Bearer',
    expires_in: issued.expiresInSeconds,
    scope: scopes.join(' '),
  };
}

function authenticated(
  { clientId, secret }: Pick<TokenRequest, 'clientId' | 'secret'>,
  { clients: store, hasher }: Endpoint,
  now: Date,
): ReturnType<typeof authenticateClient> {
  return authenticateClient({ store, hasher }, { clientId, secret: secret.reveal() }, now);
}

async function issue(issuer: TokenIssuer, tokenGrant: TokenGrant): Promise<IssuedToken> {
  try {
    return await issuer.issue(tokenGrant);
  } catch (cause) {
    if (cause instanceof SallyportError) throw cause;
    throw new TokenFault('token_not_issued', { cause });
  }
}

/** The fault behind an error; `undefined` for what is none of the token endpoint's. */
function faultOf(error: unknown): TokenFault | undefined {
  if (error instanceof TokenFault) return error;
  if (!(error instanceof SallyportError) || error.code !== 'unavailable') return undefined;
  return new TokenFault('unavailable', { cause: error.cause ?? error, retryAfterSeconds: 5 });
}

function raw(status: number, body: object, headers: Readonly<Record<string, string>>): Outcome {
  return {
    kind: 'raw',
    status,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  };
}
