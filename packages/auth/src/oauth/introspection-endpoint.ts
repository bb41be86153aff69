import type { Plugin, RouteCall } from '@sallyport/core';
import type { ClientRecord } from '../clients/client.ts';
import { type HoldsScope, heldScopes, requireScopes } from '../clients/held-scopes.ts';
import { givenParts } from '../lib/given.ts';
import type { TokenClaims, TokenKind, TokenService } from '../tokens/token.ts';
import { authenticateRequest, type ClientEndpoint, type ClientEndpointOptions, rawJson } from './client-endpoint.ts';
import { introspectionResponses } from './documentation.ts';
import { endpointPlugin } from './endpoint-plugin.ts';
import { findPresented, type PresentedToken } from './presented-token.ts';
import { presentedTokenBody } from './request-bodies.ts';
import { TokenFault } from './token-fault.ts';

/** What is told of a token that holds (RFC 7662 section 2.2). */
export interface IntrospectedToken extends TokenClaims {
  readonly active: true;
  readonly client_id: string;
  readonly token_type: 'Bearer';
  /** What the token lets its bearer do now, separated by spaces; absent when that is nothing. */
  readonly scope?: string;
}

/** `path` is `/oauth/introspect` and `name` is `oauth.introspect` when absent. */
export interface IntrospectionEndpointOptions extends ClientEndpointOptions {
  /** The kinds of token that it knows. */
  readonly tokens: readonly TokenKind[];
  /** Whoever holds this scope may look into the tokens of all clients. */
  readonly scope?: string;
  /**
   * Lets a caller look into a token of another client, as resource servers do: `true`, or the scopes that the caller is
   * shown of it. Not asked about the caller's own tokens.
   */
  readonly mayIntrospect?: (
    caller: ClientRecord,
    token: IntrospectedToken,
  ) => boolean | readonly string[] | Promise<boolean | readonly string[]>;
  /** The `iss` of tokens that do not say their own: the issuer of the metadata. */
  readonly issuer?: string;
}

/**
 * Tells whether an access token holds at this moment, and what it is (RFC 7662). The caller authenticates as at the
 * token endpoint and sends `token` in the body. A client may look into its own tokens, `scope` and `mayIntrospect`
 * widen that. Tokens that do not hold, and those that the caller may not look into, are all answered `{"active":false}`.
 *
 * @example introspectionEndpoint({ tokens: [opaqueTokens()], scope: 'introspect' })
 */
export function introspectionEndpoint(options: IntrospectionEndpointOptions): Plugin {
  return endpointPlugin(options, {
    kind: 'introspection',
    name: 'oauth.introspect',
    path: '/oauth/introspect',
    scopes: options.scope === undefined ? [] : [options.scope],
    connect(endpoint, setup) {
      requireScopes(setup.services, 'introspectionEndpoint.scope', options.scope === undefined ? [] : [options.scope]);
      const services = givenParts('introspectionEndpoint.tokens', options.tokens, ['connect']).map((kind) =>
        kind.connect(setup),
      );
      const parts = { endpoint, services, options, holds: heldScopes(setup.services) };
      return {
        // A token of the greatest length, and the credentials beside it.
        body: { kinds: ['any'], limit: 16_384, content: presentedTokenBody(options.credentials) },
        summary: 'Look into an access token',
        description: 'Tells whether an access token holds at this moment, and what it is.',
        responses: introspectionResponses(options.errors === undefined),
        run: async (call) => rawJson(200, await introspect(call, parts)),
      };
    },
  });
}

const inactive = { active: false } as const;

/** What tokens are looked into with. */
interface Looking {
  readonly endpoint: ClientEndpoint;
  readonly services: readonly TokenService[];
  readonly options: IntrospectionEndpointOptions;
  readonly holds: HoldsScope;
}

async function introspect(
  call: RouteCall,
  { endpoint, services, options, holds }: Looking,
): Promise<IntrospectedToken | typeof inactive> {
  const { now } = call;
  const { client: caller, request } = await authenticateRequest(call, endpoint);
  if (request.token === undefined) throw new TokenFault('token_missing');
  const token = request.token.reveal();
  const presented = await findPresented(services, token, now);
  if (presented === undefined) return inactive;
  const told = await tell(presented, token, now, options.issuer);
  if (told === undefined) return inactive;
  // The caller's rights are those that it has at the token's API.
  const here = presented.service.clientHere === undefined ? caller : presented.service.clientHere(caller);
  const { scope } = options;
  const mayAll = scope !== undefined && here !== undefined && holds(here, scope);
  const shown = mayAll || (await shownTo(caller, told, options));
  if (shown === false) return inactive;
  return shown === true ? told : narrowed(told, shown);
}

async function shownTo(
  caller: ClientRecord,
  told: IntrospectedToken,
  { mayIntrospect }: IntrospectionEndpointOptions,
): Promise<boolean | readonly string[]> {
  if (caller.clientId === told.client_id) return true;
  return (await mayIntrospect?.(caller, told)) ?? false;
}

async function tell(
  { service, verified }: PresentedToken,
  token: string,
  now: Date,
  issuer: string | undefined,
): Promise<IntrospectedToken | undefined> {
  const { client, scopes, expiresAt } = verified;
  const claims =
    service.describe === undefined
      ? { exp: Math.floor(expiresAt.getTime() / 1000) }
      : await service.describe(token, now);
  if (claims === undefined) return undefined;
  return {
    ...(issuer === undefined ? {} : { iss: issuer }),
    // A client's own token stands for the client itself (RFC 9068 section 2.2).
    sub: client.clientId,
    ...claims,
    active: true,
    client_id: client.clientId,
    token_type: 'Bearer',
    ...scopeOf([...scopes]),
  };
}

function narrowed({ scope = '', ...rest }: IntrospectedToken, shown: readonly string[]): IntrospectedToken {
  return { ...rest, ...scopeOf(scope.split(' ').filter((one) => shown.includes(one))) };
}

function scopeOf(scopes: readonly string[]): { readonly scope?: string } {
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') };
}
