import { loggable, type Plugin, type RouteCall, SallyportError } from '@sallyport/core';
import { type HoldsScope, heldScopes } from '../clients/held-scopes.ts';
import { givenPart } from '../lib/given.ts';
import type { IssuedToken, TokenGrant, TokenIssuer, TokenKind } from '../tokens/token.ts';
import { bodyLimit } from './client-assertions.ts';
import { authenticateRequest, type ClientEndpoint, type ClientEndpointOptions, rawJson } from './client-endpoint.ts';
import { tokenResponses } from './documentation.ts';
import { recordDone } from './endpoint-events.ts';
import { endpointPlugin } from './endpoint-plugin.ts';
import { grantBody } from './request-bodies.ts';
import { grantedScopes } from './scope.ts';
import { TokenFault } from './token-fault.ts';

/** `path` is `/oauth/token` and `name` is `oauth.token` when absent. */
export interface TokenEndpointOptions extends ClientEndpointOptions {
  /** The kind of token it issues. */
  readonly tokens: TokenKind;
  /**
   * `subset` (default): the parameter `scope` chooses among the client's scopes, and the parts of those that stand for
   * others in the API's vocabulary (RFC 6749 section 3.3). `ignore`: it is not read.
   */
  readonly scopeParameter?: 'subset' | 'ignore';
}

/**
 * A token endpoint for the grant `client_credentials` (RFC 6749 section 4.4). Success is
 * `{access_token, token_type, expires_in, scope}`, an error `{error, error_description}`; neither is ever cached.
 *
 * @example tokenEndpoint({ tokens: opaqueTokens(), requireTls: true })
 */
export function tokenEndpoint(options: TokenEndpointOptions): Plugin {
  const { credentials, scopeParameter } = options;
  return endpointPlugin(options, {
    kind: 'token',
    name: 'oauth.token',
    path: '/oauth/token',
    connect(endpoint, setup) {
      const issuer = givenPart('tokenEndpoint.tokens', options.tokens, ['connect']).connect(setup);
      issuer.assertCanIssue?.();
      const holds = heldScopes(setup.services);
      return {
        body: { kinds: ['any'], limit: bodyLimit(credentials), content: grantBody(credentials, scopeParameter) },
        summary: 'Issue an access token',
        description: 'Issues an access token to a client application (grant type `client_credentials`).',
        responses: tokenResponses(options.errors === undefined),
        run: async (call) => rawJson(200, await grant(call, { endpoint, issuer, holds, scopeParameter })),
      };
    },
  });
}

/** What tokens are granted with. */
interface Granting {
  readonly endpoint: ClientEndpoint;
  readonly issuer: TokenIssuer;
  readonly holds: HoldsScope;
  readonly scopeParameter: TokenEndpointOptions['scopeParameter'] | undefined;
}

async function grant(
  call: RouteCall,
  { endpoint, issuer, holds, scopeParameter }: Granting,
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
  const asked = scopeParameter === 'ignore' ? undefined : request.scope;
  const scopes = grantedScopes(asked, here.scopes, (scope) => holds(here, scope));
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
