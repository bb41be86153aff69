import type { Outcome, Plugin, RouteCall } from '@sallyport/core';
import { available } from '../lib/available.ts';
import { givenParts } from '../lib/given.ts';
import type { TokenKind, TokenService } from '../tokens/token.ts';
import { authenticateRequest, type ClientEndpoint, type ClientEndpointOptions, rawJson } from './client-endpoint.ts';
import { revocationResponses } from './documentation.ts';
import { recordDone } from './endpoint-events.ts';
import { endpointPlugin } from './endpoint-plugin.ts';
import { findRevocable, ownerBy } from './presented-token.ts';
import { presentedTokenBody } from './request-bodies.ts';
import { TokenFault } from './token-fault.ts';

/** `path` is `/oauth/revoke` and `name` is `oauth.revoke` when absent. */
export interface RevocationEndpointOptions extends ClientEndpointOptions {
  /** The kinds of token that it revokes. */
  readonly tokens: readonly TokenKind[];
}

/**
 * Lets clients revoke their own access tokens (RFC 7009). The client authenticates as at the token endpoint and sends
 * `token` in the body. The answer is 200 with an empty object once the token does not hold, and also for a token that never
 * held or is another client's, which stays as it is (section 2.2). A token that may still hold is never answered 200:
 * 503 when a store is away, 400 `unsupported_token_type` when its kind goes on accepting it (section 2.2.1).
 *
 * @example revocationEndpoint({ tokens: [opaqueTokens()], requireTls: true })
 */
export function revocationEndpoint(options: RevocationEndpointOptions): Plugin {
  return endpointPlugin(options, {
    kind: 'revocation',
    name: 'oauth.revoke',
    path: '/oauth/revoke',
    connect(endpoint, setup) {
      const services = givenParts('revocationEndpoint.tokens', options.tokens, ['connect']).map((kind) =>
        kind.connect(setup),
      );
      return {
        // A token of the greatest length, and the credentials beside it.
        body: { kinds: ['any'], limit: 16_384, content: presentedTokenBody(options.credentials) },
        summary: 'Revoke an access token',
        description: 'Ends an access token of the client that asks. Unknown tokens are answered as revoked ones are.',
        responses: revocationResponses(options.errors === undefined),
        run: (call) => revoke(call, endpoint, services),
      };
    },
  });
}

/** RFC 7009 leaves the body open; some clients want JSON wherever they asked for it. */
const revoked: Outcome = rawJson(200, {});

async function revoke(call: RouteCall, endpoint: ClientEndpoint, services: readonly TokenService[]): Promise<Outcome> {
  const { now } = call;
  const { client, request } = await authenticateRequest(call, endpoint);
  if (request.token === undefined) throw new TokenFault('token_missing');
  const token = request.token.reveal();
  const found = await findRevocable(services, token, now);
  if (found?.clientId !== client.clientId) return revoked;
  const { service } = found;
  await available(() => service.revoke(token, now));
  if ((await ownerBy(service, token, now)) !== undefined) throw new TokenFault('token_type_unsupported');
  await recordDone(call, endpoint, { type: 'token.revoked', clientId: client.clientId });
  return revoked;
}
