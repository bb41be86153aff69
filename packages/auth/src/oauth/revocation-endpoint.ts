import { definePlugin, type Outcome, type Plugin, type RouteCall } from '@sallyport/core';
import { available } from '../lib/available.ts';
import type { TokenKind, TokenService } from '../tokens/token.ts';
import {
  authenticateRequest,
  type ClientEndpoint,
  type ClientEndpointOptions,
  connectEndpoint,
  endpointRoute,
} from './client-endpoint.ts';
import { revocationResponses, tokenBody } from './documentation.ts';
import { rememberEndpoint } from './known-endpoints.ts';
import { findPresented, verifiedBy } from './presented-token.ts';
import { TokenFault, uncached } from './token-fault.ts';

/** `path` is `/oauth/revoke` and `name` is `oauth.revoke` when absent. */
export interface RevocationEndpointOptions extends ClientEndpointOptions {
  /** The kinds of token that it revokes. */
  readonly tokens: readonly TokenKind[];
}

/**
 * Lets clients revoke their own access tokens (RFC 7009). The client authenticates as at the token endpoint and sends
 * `token` in the body. The answer is 200 without a body once the token does not hold, and also for a token that never
 * held or is another client's, which stays as it is (section 2.2). A token that may still hold is never answered 200:
 * 503 when a store is away, 400 `unsupported_token_type` when its kind goes on accepting it (section 2.2.1).
 *
 * @example revocationEndpoint({ tokens: [opaqueTokens()], requireTls: true })
 */
export function revocationEndpoint(options: RevocationEndpointOptions): Plugin {
  const name = options.name ?? 'oauth.revoke';
  return definePlugin({
    name,
    routes: (_plan, setup) => {
      const endpoint = connectEndpoint('revocationEndpoint', name, options, setup);
      const services = options.tokens.map((kind) => kind.connect(setup));
      const route = endpointRoute(endpoint, {
        path: options.path ?? '/oauth/revoke',
        // A token of the greatest length, and the credentials beside it.
        body: { kinds: ['any'], limit: 16_384, content: tokenBody(options.credentials) },
        summary: 'Revoke an access token',
        description: 'Ends an access token of the client that asks. Unknown tokens are answered as revoked ones are.',
        responses: revocationResponses(options.errors === undefined),
        run: (call) => revoke(call, endpoint, services),
      });
      return [rememberEndpoint(route, 'revocation', options)];
    },
  });
}

const revoked: Outcome = { kind: 'raw', status: 200, body: '', headers: uncached };

async function revoke(call: RouteCall, endpoint: ClientEndpoint, services: readonly TokenService[]): Promise<Outcome> {
  const { now } = call;
  const { client, request } = await authenticateRequest(call, endpoint);
  if (request.token === undefined) throw new TokenFault('token_missing');
  const token = request.token.reveal();
  const presented = await findPresented(services, token, now);
  if (presented?.verified.client.clientId !== client.clientId) return revoked;
  const { service } = presented;
  await available(() => service.revoke(token, now));
  if ((await verifiedBy(service, token, now)) !== undefined) throw new TokenFault('token_type_unsupported');
  return revoked;
}
