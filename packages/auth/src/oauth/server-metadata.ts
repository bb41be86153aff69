import { ConfigurationError, type Plan, type PlannedRoute, type Plugin } from '@sallyport/core';
import { isJwksRoute } from './jwks-endpoint.ts';
import { type KnownEndpoint, knownEndpoint } from './known-endpoints.ts';
import { checkedUrl, scopesOf, type WellKnownOptions, wellKnownPlugin, wellKnownUrl } from './well-known.ts';

/** `name` is `oauth.metadata` when absent. */
export interface AuthorizationServerMetadataOptions extends WellKnownOptions {
  /** The issuer identifier, which the document repeats as it stands; the `iss` of JWTs should be the same. */
  readonly issuer: string;
  /** Where clients reach the APIs: what stands before their base paths; the issuer's scheme and host when absent. */
  readonly origin?: string;
  /** Names of routes, where there is more than one of a kind, or the key set is not of `jwksEndpoint`. */
  readonly routes?: Partial<Record<KnownEndpoint['kind'] | 'jwks', string>>;
  /** Address of a page for people. */
  readonly documentation?: string;
}

/** The metadata of an authorization server (RFC 8414 section 2), as far as an API of ours has something to tell. */
export interface AuthorizationServerDocument {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly token_endpoint_auth_signing_alg_values_supported?: readonly string[];
  readonly grant_types_supported: readonly ['client_credentials'];
  readonly response_types_supported: readonly [];
  readonly scopes_supported?: readonly string[];
  readonly jwks_uri?: string;
  readonly revocation_endpoint?: string;
  readonly revocation_endpoint_auth_methods_supported?: readonly string[];
  readonly revocation_endpoint_auth_signing_alg_values_supported?: readonly string[];
  readonly introspection_endpoint?: string;
  readonly introspection_endpoint_auth_methods_supported?: readonly string[];
  readonly introspection_endpoint_auth_signing_alg_values_supported?: readonly string[];
  readonly service_documentation?: string;
}

const place = 'authorizationServerMetadata';

/**
 * Serves the metadata of the authorization server (RFC 8414) at `/.well-known/oauth-authorization-server`, with the
 * issuer's path behind it. The API must sit at the root; for others, give the plugin to an API at the root that has
 * nothing else, with `of`. The document tells of what the plans have and of nothing else (R34).
 *
 * @example authorizationServerMetadata({ issuer: 'https://id.example.org' })
 * @throws ConfigurationError for an issuer that is no `https:` URL; at the start when the address is outside of the
 * base path, or as {@link authorizationServerDocument} does
 */
export function authorizationServerMetadata(options: AuthorizationServerMetadataOptions): Plugin {
  checkedUrl(`${place}.issuer`, options.issuer, options.allowHttp ?? false);
  const string = { type: 'string' };
  const strings = { type: 'array', items: string };
  return wellKnownPlugin({
    place,
    name: options.name ?? 'oauth.metadata',
    url: wellKnownUrl('oauth-authorization-server', options.issuer),
    options,
    summary: 'Metadata of the authorization server',
    schema: {
      type: 'object',
      required: ['issuer', 'token_endpoint', 'response_types_supported'],
      properties: {
        issuer: string,
        token_endpoint: string,
        token_endpoint_auth_methods_supported: strings,
        token_endpoint_auth_signing_alg_values_supported: strings,
        grant_types_supported: strings,
        response_types_supported: strings,
        scopes_supported: strings,
        jwks_uri: string,
        revocation_endpoint: string,
        revocation_endpoint_auth_methods_supported: strings,
        revocation_endpoint_auth_signing_alg_values_supported: strings,
        introspection_endpoint: string,
        introspection_endpoint_auth_methods_supported: strings,
        introspection_endpoint_auth_signing_alg_values_supported: strings,
        service_documentation: string,
      },
    },
    document: (plans) => authorizationServerDocument(options, plans),
  });
}

/**
 * The document by itself, for applications that serve it in their own way.
 *
 * @throws ConfigurationError when there is no token endpoint, more than one of a kind and none is named, a named one is
 * missing, or one takes credentials in no way that has a registered name
 */
export function authorizationServerDocument(
  options: AuthorizationServerMetadataOptions,
  plans: readonly Plan[],
): AuthorizationServerDocument {
  const { issuer, documentation, allowHttp = false, routes = {} } = options;
  const origin = options.origin === undefined ? new URL(issuer).origin : originOf(options.origin, allowHttp);
  const address = ({ plan, route }: Found): string => `${origin}${plan.api.basePath}${route.path}`;
  const endpoint = (kind: KnownEndpoint['kind']) => {
    const found = one(plans, kind, routes[kind], (route) => knownEndpoint(route)?.kind === kind);
    if (found === undefined) return undefined;
    const { authMethods = [], signingAlgorithms = [] } = knownEndpoint(found.route) ?? {};
    // Without a list readers take it for `client_secret_basic` (RFC 8414 section 2).
    if (authMethods.length === 0) {
      throw new ConfigurationError(
        `routes.${found.route.name}`,
        'takes credentials neither by Basic nor in a form, nor assertions',
      );
    }
    return { address: address(found), authMethods, signing: signingOf(signingAlgorithms, kind) };
  };
  const token = endpoint('token');
  if (token === undefined) throw new ConfigurationError(place, 'there is no token endpoint');
  const revocation = endpoint('revocation');
  const introspection = endpoint('introspection');
  const jwks = one(plans, 'jwks', routes.jwks, (route) => isJwksRoute(route) || route.name === routes.jwks);
  const scopes = options.scopes ?? scopesOf(plans);
  return {
    issuer,
    token_endpoint: token.address,
    token_endpoint_auth_methods_supported: token.authMethods,
    ...token.signing,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    ...(jwks === undefined ? {} : { jwks_uri: address(jwks) }),
    ...(revocation && {
      revocation_endpoint: revocation.address,
      revocation_endpoint_auth_methods_supported: revocation.authMethods,
      ...revocation.signing,
    }),
    ...(introspection && {
      introspection_endpoint: introspection.address,
      introspection_endpoint_auth_methods_supported: introspection.authMethods,
      ...introspection.signing,
    }),
    ...(documentation === undefined ? {} : { service_documentation: documentation }),
  };
}

/** Demanded where `private_key_jwt` is among the methods (RFC 8414 section 2). */
function signingOf(algorithms: readonly string[], kind: KnownEndpoint['kind']): Partial<AuthorizationServerDocument> {
  return algorithms.length === 0 ? {} : { [`${kind}_endpoint_auth_signing_alg_values_supported`]: algorithms };
}

interface Found {
  readonly plan: Plan;
  readonly route: PlannedRoute;
}

function one(
  plans: readonly Plan[],
  kind: string,
  named: string | undefined,
  is: (route: PlannedRoute) => boolean,
): Found | undefined {
  const all = plans.flatMap((plan) => plan.routes.filter(is).map((route) => ({ plan, route })));
  const found = named === undefined ? all : all.filter(({ route }) => route.name === named);
  if (found.length === 0 && named !== undefined) {
    throw new ConfigurationError(`${place}.routes.${kind}`, `there is no such route as "${named}"`);
  }
  if (found.length > 1) throw new ConfigurationError(`${place}.routes.${kind}`, 'there are several: name one of them');
  return found[0];
}

function originOf(text: string, allowHttp: boolean): string {
  checkedUrl(`${place}.origin`, text, allowHttp);
  return text.replace(/\/$/, '');
}
