import type { Plugin } from '@sallyport/core';
import { checkedUrl, scopesOf, type WellKnownOptions, wellKnownPlugin, wellKnownUrl } from './well-known.ts';

/** `name` is `oauth.resource` when absent. */
export interface ProtectedResourceMetadataOptions extends WellKnownOptions {
  /** The resource identifier: the address that clients know the API by. The document repeats it as it stands. */
  readonly resource: string;
  /** Issuers whose tokens the API accepts. */
  readonly authorizationServers: readonly [string, ...string[]];
  /** The API's title when absent. */
  readonly title?: string;
  /** Address of a page for people. */
  readonly documentation?: string;
}

const place = 'protectedResourceMetadata';

/**
 * Serves the metadata of the API as a protected resource (RFC 9728) at `/.well-known/oauth-protected-resource`, with the
 * resource's path behind it. What is said of the place of `authorizationServerMetadata` holds here, too. Name its
 * address in challenges by `bearer({ resourceMetadata })`.
 *
 * @example protectedResourceMetadata({ resource: 'https://api.example.org', authorizationServers: ['https://id.example.org'] })
 * @throws ConfigurationError for identifiers that are no `https:` URLs; at the start when the address is outside of the
 * base path
 */
export function protectedResourceMetadata(options: ProtectedResourceMetadataOptions): Plugin {
  const { resource, authorizationServers, title, documentation, allowHttp = false } = options;
  checkedUrl(`${place}.resource`, resource, allowHttp);
  for (const issuer of authorizationServers) checkedUrl(`${place}.authorizationServers`, issuer, allowHttp);
  const string = { type: 'string' };
  const strings = { type: 'array', items: string };
  return wellKnownPlugin({
    place,
    name: options.name ?? 'oauth.resource',
    url: wellKnownUrl('oauth-protected-resource', resource),
    options,
    summary: 'Metadata of the API as a protected resource',
    schema: {
      type: 'object',
      required: ['resource'],
      properties: {
        resource: string,
        authorization_servers: strings,
        bearer_methods_supported: strings,
        scopes_supported: strings,
        resource_name: string,
        resource_documentation: string,
      },
    },
    document: (plans) => {
      const scopes = options.scopes ?? scopesOf(plans);
      const name = title ?? plans[0]?.api.title;
      return {
        resource,
        authorization_servers: authorizationServers,
        bearer_methods_supported: ['header'],
        ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
        ...(name === undefined ? {} : { resource_name: name }),
        ...(documentation === undefined ? {} : { resource_documentation: documentation }),
      };
    },
  });
}
