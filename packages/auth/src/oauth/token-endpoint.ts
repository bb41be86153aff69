import { definePlugin, loggable, type Plugin, type RouteCall, SallyportError } from '@sallyport/core';
import type { IssuedToken, TokenGrant, TokenIssuer, TokenKind } from '../tokens/token.ts';
import { bodyLimit } from './client-assertions.ts';
import {
  authenticateRequest,
  type ClientEndpoint,
  type ClientEndpointOptions,
  connectEndpoint,
  endpointRoute,
  pacedBy,
  rawJson,
} from './client-endpoint.ts';
import { tokenResponses } from './documentation.ts';
import { recordDone } from './endpoint-events.ts';
import { rememberEndpoint } from './known-endpoints.ts';
import { grantedScopes } from './scope.ts';
import { TokenFault } from './token-fault.ts';

/** `path` is `/oauth/token` and `name` is `oauth.token` when absent. */
export interface TokenEndpointOptions extends ClientEndpointOptions {
  /** The kind of token it issues. */
  readonly tokens: TokenKind;
  /** `subset` (default): the parameter `scope` chooses among the client's scopes. `ignore`: it is not read. */
  readonly scopeParameter?: 'subset' | 'ignore';
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
    hooks: pacedBy(name),
    routes: (_plan, setup) => {
      const endpoint = connectEndpoint('tokenEndpoint', name, options, setup);
      const issuer = options.tokens.connect(setup);
      const route = endpointRoute(endpoint, {
        path: options.path ?? '/oauth/token',
        body: { kinds: ['any'], limit: bodyLimit(options.credentials) },
        summary: 'Issue an access token',
        description: 'Issues an access token to a client application (grant type `client_credentials`).',
        responses: tokenResponses(options.errors === undefined),
        run: async (call) => rawJson(200, await grant(call, endpoint, issuer, options)),
      });
      return [rememberEndpoint(route, 'token', options)];
    },
  });
}

async function grant(
  call: RouteCall,
  endpoint: ClientEndpoint,
  issuer: TokenIssuer,
  options: TokenEndpointOptions,
): Promise<Record<string, string | number>> {
  const { now } = call;
  const { client, secretId, request } = await authenticateRequest(call, endpoint, ({ grantType }) => {
    if (grantType === undefined) throw new TokenFault('grant_type_missing');
    if (grantType !== 'client_credentials') throw new TokenFault('grant_type_unsupported');
  });
  if (!(client.grantTypes ?? ['client_credentials']).includes('client_credentials')) {
    throw new TokenFault('grant_type_not_allowed');
  }
  const here = issuer.clientHere === undefined ? client : issuer.clientHere(client);
  if (here === undefined) throw new TokenFault('api_not_allowed');
  const scopes = grantedScopes(options.scopeParameter === 'ignore' ? undefined : request.scope, here.scopes);
  const [issued] = await Promise.all([
    issue(issuer, { client, scopes, now }),
    recordUse(call, endpoint, client.clientId, secretId),
  ]);
  await recordDone(call, endpoint, { type: 'token.issued', clientId: client.clientId, scopes });
  return {
    access_token: issued.token,
    token_type: 'Bearer',
    expires_in: issued.expiresInSeconds,
    scope: scopes.join(' '),
  };
}

/** That a use could not be recorded changes nothing for the client. */
async function recordUse(
  { now, log }: RouteCall,
  { clients: store }: ClientEndpoint,
  clientId: string,
  secretId: string | undefined,
): Promise<void> {
  try {
    await store.recordUse?.(clientId, now, secretId);
  } catch (error) {
    log.warn({ err: loggable(error) }, 'The use of a client could not be recorded.');
  }
}

async function issue(issuer: TokenIssuer, tokenGrant: TokenGrant): Promise<IssuedToken> {
  try {
    return await issuer.issue(tokenGrant);
  } catch (cause) {
    if (cause instanceof SallyportError) throw cause;
    throw new TokenFault('token_not_issued', { cause });
  }
}
